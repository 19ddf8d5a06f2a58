// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const netDevHeader = "Inter-|   Receive                                                |  Transmit\n" +
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"

const netDevText = netDevHeader +
	"    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0\n" +
	"  eth0: 322554354   24476    1    2    3     4          5         6  1982051   19201    7    8    9    10      11         12\n" +
	" \"\\\xff|x:1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n"

func netDirection(bytes, packets, errs, drop uint64) NetDirection {
	return NetDirection{Number{bytes, true}, Number{packets, true}, Number{errs, true}, Number{drop, true}}
}

func TestNetDev(t *testing.T) {
	var d NetDev
	malformed(t, &d, netDevText, 0, 0)
	assert.Equal(t, []NetInterface{
		{[]byte("lo"), netDirection(3193, 29, 0, 0), netDirection(3193, 29, 0, 0)},
		{[]byte("eth0"), netDirection(322554354, 24476, 1, 2), netDirection(1982051, 19201, 7, 8)},
		{[]byte("\"\\\xff|x"), netDirection(1, 2, 3, 4), netDirection(5, 6, 7, 8)},
	}, d.Interfaces)
	malformed(t, &d, netDevHeader+"eth0: 1 2 3 4 0 18446744073709551615 0 0 5 6 7 8 0 0 18446744073709551614 0\n", 0, 0)
	assert.Equal(t, []NetInterface{{[]byte("eth0"), netDirection(1, 2, 3, 4), netDirection(5, 6, 7, 8)}}, d.Interfaces,
		"a driver may have counted below zero in a column that is not read")
	malformed(t, &d, netDevHeader, 0, 0)
	assert.Empty(t, d.Interfaces, "a namespace may be without any")
}

func TestNetDevMalformed(t *testing.T) {
	const good = "eth0: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n"
	for name, tt := range map[string]struct {
		text              string
		first, count, len int
	}{
		"empty":       {"", 1, 2, 0},
		"no header":   {good + good + good, 1, 2, 1},
		"no colon":    {netDevHeader + "eth1 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n" + good, 3, 1, 1},
		"no name":     {netDevHeader + ": 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n" + good, 3, 1, 1},
		"two names":   {netDevHeader + "eth 1: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n" + good, 3, 1, 1},
		"cut off":     {netDevHeader + "eth1: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0\n" + good, 3, 1, 1},
		"empty lines": {netDevHeader + "\n\n" + good, 3, 2, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var d NetDev
			malformed(t, &d, tt.text, tt.first, tt.count)
			assert.Len(t, d.Interfaces, tt.len)
		})
	}
	var d NetDev
	malformed(t, &d, netDevHeader+strings.Repeat(good, MaxInterfaces+1), MaxInterfaces+3, 1)
}

// TestNetDevImplausible: a counter that cannot be right costs itself, and neither its interface nor the counters beside it.
func TestNetDevImplausible(t *testing.T) {
	all := [8]Number{{1, true}, {2, true}, {3, true}, {4, true}, {5, true}, {6, true}, {7, true}, {8, true}}
	names := append(slices.Clone(netColumnNames[0]), netColumnNames[1]...)
	for i, name := range names {
		for _, value := range []string{"18446744073709551613", "9223372036854775808", "99999999999999999999", "-1", "x"} {
			columns := strings.Fields("1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0")
			columns[i+i/4*4] = value
			want := all
			want[i] = Number{}
			var d NetDev
			implausible(t, &d, netDevHeader+"eth1: "+strings.Join(columns, " ")+"\neth0: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n", name, 3, 1)
			assert.Equal(t, []NetInterface{
				{[]byte("eth1"), NetDirection{want[0], want[1], want[2], want[3]}, NetDirection{want[4], want[5], want[6], want[7]}},
				{[]byte("eth0"), netDirection(1, 2, 3, 4), netDirection(5, 6, 7, 8)},
			}, d.Interfaces)
		}
	}
	var d NetDev
	implausible(t, &d, netDevHeader+"eth1: x 2 3 4 0 y 0 0 5 6 7 x z 0 0 0\n", "receive bytes", 3, 2)
}

// FuzzNetDev writes what was read as the kernel does and reads it again.
func FuzzNetDev(f *testing.F) {
	f.Add(netDevText)
	f.Fuzz(func(t *testing.T, text string) {
		var d, again NetDev
		_ = d.Parse([]byte(text))
		written := netDevHeader
		for _, i := range d.Interfaces {
			written += fmt.Sprintf("%6s: %7d %7d %4d %4d %4d %5d %10d %9d %8d %7d %4d %4d %4d %5d %7d %10d\n", i.Name,
				number(i.Receive.Bytes), number(i.Receive.Packets), number(i.Receive.Errs), number(i.Receive.Drop), 1, 2, 3, 4,
				number(i.Transmit.Bytes), number(i.Transmit.Packets), number(i.Transmit.Errs), number(i.Transmit.Drop), 5, 6, 7, 8)
		}
		_ = again.Parse([]byte(written))
		assert.Zero(t, again.bad.Count)
		assert.Equal(t, d.Interfaces, again.Interfaces)
	})
}

func BenchmarkNetDev(b *testing.B) {
	text := netDevHeader
	for i := range 1000 {
		text += fmt.Sprintf("%6s: %7d %7d %4d %4d %4d %5d %10d %9d %8d %7d %4d %4d %4d %5d %7d %10d\n", fmt.Sprint("veth", i),
			1_000_003*i, 1009*i, i, 0, 0, 0, 0, 11*i, 2_000_003*i, 2003*i, 0, i, 0, 0, 0, 0)
	}
	var d NetDev
	in := []byte(text)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		_ = d.Parse(in)
	}
}

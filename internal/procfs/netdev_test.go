// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
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

func TestNetDev(t *testing.T) {
	var d NetDev
	malformed(t, &d, netDevText, 0, 0)
	assert.Equal(t, []NetInterface{
		{[]byte("lo"), NetDirection{Bytes: 3193, Packets: 29}, NetDirection{Bytes: 3193, Packets: 29}},
		{[]byte("eth0"), NetDirection{322554354, 24476, 1, 2}, NetDirection{1982051, 19201, 7, 8}},
		{[]byte("\"\\\xff|x"), NetDirection{1, 2, 3, 4}, NetDirection{5, 6, 7, 8}},
	}, d.Interfaces)
	malformed(t, &d, netDevHeader+"eth0: 1 2 3 4 0 18446744073709551615 0 0 5 6 7 8 0 0 18446744073709551614 0\n", 0, 0)
	assert.Equal(t, []NetInterface{{[]byte("eth0"), NetDirection{1, 2, 3, 4}, NetDirection{5, 6, 7, 8}}}, d.Interfaces,
		"a driver may count unused columns below zero")
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
		"no number":   {netDevHeader + "eth1: 1 2 3 4 0 0 0 0 5 6 7 x 0 0 0 0\n" + good, 3, 1, 1},
		"negative":    {netDevHeader + "eth1: -1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n" + good, 3, 1, 1},
		"too large":   {netDevHeader + "eth1: 9223372036854775808 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n" + good, 3, 1, 1},
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

// FuzzNetDev writes what was read as the kernel does and reads it again.
func FuzzNetDev(f *testing.F) {
	f.Add(netDevText)
	f.Fuzz(func(t *testing.T, text string) {
		var d, again NetDev
		_ = d.Parse([]byte(text))
		written := netDevHeader
		for _, i := range d.Interfaces {
			written += fmt.Sprintf("%6s: %7d %7d %4d %4d %4d %5d %10d %9d %8d %7d %4d %4d %4d %5d %7d %10d\n", i.Name,
				i.Receive.Bytes, i.Receive.Packets, i.Receive.Errs, i.Receive.Drop, 1, 2, 3, 4,
				i.Transmit.Bytes, i.Transmit.Packets, i.Transmit.Errs, i.Transmit.Drop, 5, 6, 7, 8)
		}
		assert.NoError(t, again.Parse([]byte(written)))
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

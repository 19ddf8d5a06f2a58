// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const netTCPText = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 20914 1 ffff8f3a 100 0 0 10 0
   1: 0100007F:1538 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 20915 1 ffff8f3b 20 4 30 10 -1
   2: 0100007F:C350 0100007F:1538 06 00000000:00000000 03:00001770 00000000     0        0 0 3 ffff8f3c
  10: 00000000000000000000000001000000:1538 00000000000000000000000000000000:0000 0B 00000000:00000000 00:00000000 00000000 0 0 1
`

func TestNetSockets(t *testing.T) {
	var n NetSockets
	malformed(t, &n, netTCPText, 0, 0)
	assert.Equal(t, [MaxSocketState + 1]uint64{1: 1, 6: 1, 10: 1, 11: 1}, n.ByState)

	header, lines, _ := strings.Cut(netTCPText, "\n")
	malformed(t, &n, header+"\n", 0, 0)
	assert.True(t, n.Known)
	assert.Equal(t, [MaxSocketState + 1]uint64{}, n.ByState)
	malformed(t, &n, lines, 1, 1)
	assert.False(t, n.Known, "without its header it is another file")
	malformed(t, &n, "", 1, 1)
}

func TestNetSocketsMalformed(t *testing.T) {
	header, _, _ := strings.Cut(netTCPText, "\n")
	for name, line := range map[string]string{
		"cut off":       "0: 0100007F:1538 00000000:0000",
		"no slot":       "0 0100007F:1538 00000000:0000 0A",
		"no address":    "0: localhost 00000000:0000 0A",
		"short address": "0: 0100007F:1538 0:0 0A",
		"no state":      "0: 0100007F:1538 00000000:0000 00",
		"state 12":      "0: 0100007F:1538 00000000:0000 0C",
		"state 26":      "0: 0100007F:1538 00000000:0000 1A",
		"lower case":    "0: 0100007F:1538 00000000:0000 0a",
		"long state":    "0: 0100007F:1538 00000000:0000 00A",
		"empty":         "",
	} {
		t.Run(name, func(t *testing.T) {
			var n NetSockets
			malformed(t, &n, header+"\n"+line+"\n"+"0: 0100007F:1538 00000000:0000 0A\n", 2, 1)
			assert.Equal(t, uint64(1), n.ByState[10], "the other line is kept")
		})
	}
}

const netUDPText = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  153: 0100007F:0035 00000000:0000 07 00000000:00000300 00:00000000 00000000   101        0 20916 2 ffff8f3a17df 12
  153: 0100007F:0035 0100007F:C350 01 00000000:00000000 00:00000000 00000000   101        0 20917 2 ffff8f3a17e0 0
  200: B80D0120000000000000000001000000:0043 00000000000000000000000000000000:0000 07 00000000:FFFFFFFF 00:00000000 00000000 0 0 20918 2 0 4294967295
`

func TestNetSocketsListed(t *testing.T) {
	n := NetSockets{List: 1<<1 | 1<<7}
	for range 2 {
		malformed(t, &n, netUDPText, 0, 0)
		assert.Equal(t, []NetSocket{
			{State: 7, Local: [16]byte{127, 0, 0, 1}, Port: 53, ReceiveQueue: known(0x300), Inode: 20916, Drops: 12, DropsKnown: true},
			{State: 1, Local: [16]byte{127, 0, 0, 1}, Port: 53, Peer: true, ReceiveQueue: known(0), Inode: 20917, DropsKnown: true},
			{
				State: 7, IPv6: true, Local: [16]byte{0: 0x20, 1: 0x01, 2: 0x0d, 3: 0xb8, 15: 1}, Port: 67,
				ReceiveQueue: known(1<<32 - 1), Inode: 20918, Drops: 1<<32 - 1, DropsKnown: true,
			},
		}, n.Listed)
	}
	n = NetSockets{List: 1 << 10}
	malformed(t, &n, netTCPText, 0, 0)
	assert.Equal(t, []NetSocket{{State: 10, Local: [16]byte{127, 0, 0, 1}, Port: 0x1538, ReceiveQueue: known(0), Inode: 20914}}, n.Listed, "what TCP has there are no drops")

	for _, line := range []string{
		"0: 0100007G:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1",
		"0: 0100007F:153G 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1",
		"0: 0100007F:1538 0000000G:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1",
		"0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0",
	} {
		malformed(t, &n, "sl\n"+line+"\n", 2, 1)
		assert.Empty(t, n.Listed, line)
		assert.Zero(t, n.ByState[10], line)
	}
}

// TestNetSocketsImplausible: a socket is counted whatever else is wrong with it.
func TestNetSocketsImplausible(t *testing.T) {
	n := NetSockets{List: 1 << 10}
	for _, queues := range []string{"00000000", "00000000:100000000", "00000000:x"} {
		implausible(t, &n, "sl\n0: 0100007F:1538 00000000:0000 0A "+queues+" 00:00000000 00000000 0 0 7\n", "rx_queue", 2, 1)
		assert.Equal(t, []NetSocket{{State: 10, Local: [16]byte{127, 0, 0, 1}, Port: 0x1538, Inode: 7}}, n.Listed)
		assert.Equal(t, uint64(1), n.ByState[10])
	}
	implausible(t, &n, "sl\n0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 -1\n", "inode", 2, 1)
	assert.Empty(t, n.Listed)
	assert.Equal(t, uint64(1), n.ByState[10])
}

// FuzzNetSockets counts again with the standard library.
func FuzzNetSockets(f *testing.F) {
	f.Add(netTCPText)
	f.Add(netUDPText)
	f.Fuzz(func(t *testing.T, text string) {
		listing := NetSockets{List: 1<<1 | 1<<7 | 1<<10}
		_ = listing.Parse([]byte(text))
		assert.LessOrEqual(t, uint64(len(listing.Listed)), listing.ByState[1]+listing.ByState[7]+listing.ByState[10])
		var n NetSockets
		_ = n.Parse([]byte(text))
		var want [MaxSocketState + 1]uint64
		if n.Known {
			_, lines, _ := strings.Cut(text, "\n")
			for _, line := range strings.Split(lines, "\n") {
				fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
				for state := 1; state <= MaxSocketState && len(fields) > 3; state++ {
					if fields[3] == fmt.Sprintf("%02X", state) && strings.HasSuffix(fields[0], ":") && isEnd([]byte(fields[1])) && isEnd([]byte(fields[2])) {
						want[state]++
					}
				}
			}
		}
		assert.Equal(t, want, n.ByState)
	})
}

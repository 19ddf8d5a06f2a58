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

// FuzzNetSockets counts again with the standard library.
func FuzzNetSockets(f *testing.F) {
	f.Add(netTCPText)
	f.Fuzz(func(t *testing.T, text string) {
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

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// NetSockets is one of /proc/net/tcp, tcp6, udp and udp6, of which only the states are counted.
//
//	sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ...
//	 0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 20914 1 ...
//
// Source: Documentation/networking/proc_net_tcp.rst; net/ipv4/tcp_ipv4.c, net/ipv4/udp.c. It is that of the network
// namespace of whoever the directory /proc/PID belongs to.
type NetSockets struct {
	// ByState counts the sockets in each state, as include/net/tcp_states.h numbers them.
	ByState [MaxSocketState + 1]uint64
	// Known says that there was a header, and so a file.
	Known bool

	bad scan.LineError
}

// MaxSocketState is the largest number of a state that the kernel shows here, CLOSING.
const MaxSocketState = 11

// Parse reads the text of the file. The error is nil or a *scan.LineError, valid until the next Parse.
func (n *NetSockets) Parse(b []byte) error {
	*n = NetSockets{}
	header, b := scan.Line(b)
	title, _ := scan.Field(header)
	if n.Known = string(title) == "sl"; !n.Known {
		n.bad.Add(1)
		return n.bad.Err()
	}
	for number := 2; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		if state, ok := socketState(line); ok {
			n.ByState[state]++
		} else {
			n.bad.Add(number)
		}
	}
	return n.bad.Err()
}

func socketState(line []byte) (state int, ok bool) {
	slot, line := scan.Field(line)
	local, line := scan.Field(line)
	remote, line := scan.Field(line)
	hex, _ := scan.Field(line)
	if !bytes.HasSuffix(slot, []byte{':'}) || !isEnd(local) || !isEnd(remote) || len(hex) != 2 || hex[0] != '0' {
		return 0, false
	}
	switch c := hex[1]; {
	case c >= '1' && c <= '9':
		return int(c - '0'), true
	case c == 'A' || c == 'B':
		return int(c-'A') + 10, true
	}
	return 0, false
}

// isEnd reports whether b has the form of an address and port: 8 or 32 hexadecimal digits, a colon and 4 more.
func isEnd(b []byte) bool {
	return len(b) == 8+5 && b[8] == ':' || len(b) == 32+5 && b[32] == ':'
}

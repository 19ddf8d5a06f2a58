// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// NetSockets is one of /proc/net/tcp, tcp6, udp and udp6: how many sockets there are in each state, and those of some
// states one by one.
//
//	sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ...
//	 0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 20914 1 ...
//	 9: 0100007F:0035 00000000:0000 07 00000000:00000300 00:00000000 00000000     0        0 20916 2 ffff8f3a17df 12
//
// Source: Documentation/networking/proc_net_tcp.rst; net/ipv4/tcp_ipv4.c, net/ipv4/udp.c. /proc/PID/net has those of the
// network namespace of the process PID.
type NetSockets struct {
	// List is a set of bits 1<<state: the sockets that are listed. Parse keeps it.
	List uint32
	// Listed are those sockets. The slice is used again by the next Parse.
	Listed []NetSocket
	// ByState counts the sockets in each state, as include/net/tcp_states.h numbers them.
	ByState [MaxSocketState + 1]uint64
	// Known says that there was a header, and so a file.
	Known bool

	bad scan.LineError
}

// NetSocket is one line of such a file.
type NetSocket struct {
	State uint8
	IPv6  bool
	Local [16]byte // The first 4 bytes where it is not IPv6.
	Port  uint16
	Peer  bool // It has one.
	// ReceiveQueue is rx_queue: of a listener the connections not accepted yet, else bytes.
	ReceiveQueue Number
	Inode        uint64
	Drops        uint32 // Of UDP only, since Linux 2.6.27; wraps.
	DropsKnown   bool
}

// MaxSocketState is the largest number of a state that the kernel shows here, CLOSING.
const MaxSocketState = 11

// Parse reads the contents of the file. The error is nil or a *scan.LineError, valid until the next Parse.
func (n *NetSockets) Parse(b []byte) error {
	*n = NetSockets{List: n.List, Listed: n.Listed[:0]}
	header, b := scan.Line(b)
	title, _ := scan.Field(header)
	if n.Known = string(title) == "sl"; !n.Known {
		n.bad.Add(1)
		return n.bad.Err()
	}
	for number := 2; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		if !n.parseLine(number, line) {
			n.bad.Add(number)
		}
	}
	return n.bad.Err()
}

func (n *NetSockets) parseLine(number int, line []byte) (ok bool) {
	slot, line := scan.Field(line)
	local, line := scan.Field(line)
	remote, line := scan.Field(line)
	hex, line := scan.Field(line)
	state, ok := socketState(hex)
	if !ok || !bytes.HasSuffix(slot, []byte{':'}) || !isEnd(local) || !isEnd(remote) {
		return false
	}
	if n.List&(1<<state) != 0 {
		s := NetSocket{State: state}
		if !s.parseEnds(local, remote) {
			return false
		}
		if isListed, ok := s.parse(line); !ok {
			return false
		} else if !isListed {
			n.bad.AddField(number, "inode") // It is counted; without an inode it is no other than all that have none.
		} else {
			if !s.ReceiveQueue.Known {
				n.bad.AddField(number, "rx_queue")
			}
			n.Listed = append(n.Listed, s)
		}
	}
	n.ByState[state]++
	return true
}

func socketState(hex []byte) (state uint8, ok bool) {
	if len(hex) != 2 || hex[0] != '0' {
		return 0, false
	}
	switch c := hex[1]; {
	case c >= '1' && c <= '9':
		return c - '0', true
	case c == 'A' || c == 'B':
		return c - 'A' + 10, true
	}
	return 0, false
}

// isEnd reports whether b has the form of an address and port: 8 or 32 hexadecimal digits, a colon and 4 more.
func isEnd(b []byte) bool {
	return len(b) == 8+5 && b[8] == ':' || len(b) == 32+5 && b[32] == ':'
}

func (s *NetSocket) parseEnds(local, remote []byte) bool {
	var peer NetSocket
	if !s.parseEnd(local) || !peer.parseEnd(remote) {
		return false
	}
	s.Peer = peer.Port != 0
	return true
}

// parse reads what stands behind the state of a socket, and reports whether that has an inode, and whether there is one at all.
func (s *NetSocket) parse(rest []byte) (hasInode, ok bool) {
	queues, rest := scan.Field(rest)
	_, receive, _ := bytes.Cut(queues, []byte{':'})
	if queue, ok := scan.Hex(receive); ok && queue <= math.MaxUint32 {
		s.ReceiveQueue = Number{queue, true}
	}
	var field []byte
	for range 5 { // tr:tm->when, retrnsmt, uid, timeout, inode
		field, rest = scan.Field(rest)
	}
	if len(field) == 0 {
		return false, false
	}
	if s.Inode, ok = scan.Uint(field); !ok {
		return false, true
	}
	for range 3 { // ref, pointer, drops; of TCP, something else.
		field, rest = scan.Field(rest)
	}
	last, _ := scan.Field(rest)
	if drops, ok := scan.Uint(field); ok && len(last) == 0 && drops < 1<<32 {
		s.Drops, s.DropsKnown = uint32(drops), true
	}
	return true, true
}

// parseEnd reads an address and port. The kernel prints an address as one or four numbers in its own byte order.
func (s *NetSocket) parseEnd(b []byte) bool {
	address, port := b[:len(b)-5], b[len(b)-4:]
	s.IPv6 = len(address) == 32
	for i := 0; i < len(address); i += 8 {
		word, ok := scan.Hex(address[i : i+8])
		if !ok {
			return false
		}
		binary.NativeEndian.PutUint32(s.Local[i/2:], uint32(word))
	}
	number, ok := scan.Hex(port)
	s.Port = uint16(number)
	return ok
}

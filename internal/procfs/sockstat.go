// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// Sockstat is what is used of /proc/net/sockstat, or of /proc/net/sockstat6, whose titles end in 6.
//
//	sockets: used 18
//	TCP: inuse 3 orphan 0 tw 1 alloc 3 mem 0
//	UDP: inuse 0 mem 0
//	UDPLITE: inuse 0
//	RAW: inuse 0
//
// Source: net/ipv4/proc.c, sockstat_seq_show; net/ipv6/proc.c, sockstat6_seq_show. inuse counts the sockets of the
// network namespace, those in TIME_WAIT excluded. mem is that of the whole kernel, over IPv4 and IPv6. UDPLITE is there
// until Linux 7.0.
type Sockstat struct {
	TCP, UDP, UDPLite, Raw SockstatProtocol

	bad scan.LineError
}

// SockstatProtocol is one line.
type SockstatProtocol struct {
	InUse Number
	Mem   Number // In pages. Only TCP and UDP of /proc/net/sockstat have it.
}

// maxSocketPages times the largest page that Linux has, 2 MiB, is within 63 bits.
const maxSocketPages = math.MaxInt64 >> 21

// Parse reads the contents of the file. The error is nil or a *scan.LineError, valid until the next Parse.
func (s *Sockstat) Parse(b []byte) error {
	*s = Sockstat{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		title, rest := scan.Field(line)
		if protocol := s.protocol(title); protocol != nil && !protocol.parse(&s.bad, number, rest) {
			s.bad.Add(number)
		}
	}
	return s.bad.Err()
}

func (s *Sockstat) protocol(title []byte) *SockstatProtocol {
	name, ok := bytes.CutSuffix(title, []byte{':'})
	if !ok {
		return nil
	}
	name, _ = bytes.CutSuffix(name, []byte{'6'})
	switch string(name) {
	case "TCP":
		return &s.TCP
	case "UDP":
		return &s.UDP
	case "UDPLITE":
		return &s.UDPLite
	case "RAW":
		return &s.Raw
	}
	return nil
}

// parse reads the pairs of a line. Those that are not used may be negative.
func (p *SockstatProtocol) parse(bad *scan.LineError, line int, b []byte) bool {
	var read SockstatProtocol
	var hasInUse, hasMem bool
	for {
		var key []byte
		if key, b = scan.Field(b); len(key) == 0 {
			break
		}
		var ok bool
		switch string(key) {
		case "inuse":
			read.InUse, b, ok = column(b, math.MaxInt32)
			hasInUse = true
		case "mem":
			read.Mem, b, ok = column(b, maxSocketPages)
			hasMem = true
		default:
			_, b, ok = column(b, math.MaxUint64)
		}
		if !ok {
			return false
		}
	}
	if p.InUse.Known || !hasInUse {
		return false
	}
	*p = read
	if !read.InUse.Known {
		bad.AddField(line, "inuse")
	}
	if hasMem && !read.Mem.Known {
		bad.AddField(line, "mem")
	}
	return true
}

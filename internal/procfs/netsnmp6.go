// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// NetSNMP6 is what is used of /proc/net/snmp6: one counter in a line.
//
//	Udp6InDatagrams                 	0
//	Udp6NoPorts                     	0
//
// Source: net/ipv6/proc.c, snmp6_seq_show. There is no such file where the kernel runs without IPv6.
type NetSNMP6 struct {
	UDP UDPErrors

	bad scan.LineError
}

// Parse reads the text of /proc/net/snmp6. The error is nil or a *scan.LineError, valid until the next Parse.
func (s *NetSNMP6) Parse(b []byte) error {
	*s = NetSNMP6{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		key, rest := scan.Field(line)
		name, ok := bytes.CutPrefix(key, []byte("Udp6"))
		if !ok {
			continue
		}
		field, as := s.UDP.field(name)
		if field == nil {
			continue
		}
		value, _ := scan.Field(rest)
		n, ok := scan.Uint(value)
		field.read(&s.bad, number, as, n, ok, maxCount)
	}
	return s.bad.Err()
}

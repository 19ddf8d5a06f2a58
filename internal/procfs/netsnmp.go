// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import "github.com/superviz-io/hostprobe/internal/scan"

// NetSNMP is what is used of /proc/net/snmp, in the words of RFC 4022 and RFC 4113.
//
//	Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors
//	Tcp: 1 200 120000 -1 15 2 0 0 0 24473 19197 0 0 4 0
//	Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors
//	Udp: 25 0 0 26 0 0 0 0 0
//
// Source: Documentation/networking/snmp_counter.rst; net/ipv4/proc.c, snmp_seq_show. Those of Tcp count IPv4 and IPv6,
// those of Udp IPv4 alone. /proc/PID/net/snmp is that of the network namespace of the process PID.
type NetSNMP struct {
	ActiveOpens, PassiveOpens Number
	InSegs                    Number // Those with errors included.
	OutSegs                   Number // Those with nothing but octets sent before are not counted.
	RetransSegs               Number
	OutRsts                   Number

	UDP UDPErrors

	bad scan.LineError
}

// UDPErrors are the errors of UDP over one version of IP.
type UDPErrors struct {
	NoPorts      Number // Packets for a port without a socket.
	InErrors     Number // Those of the next two included, and others.
	RcvbufErrors Number
	InCsumErrors Number // Since Linux 3.10.
	SndbufErrors Number
	// HasChecksums says that the kernel counts InCsumErrors by themselves.
	HasChecksums bool
}

// Parse reads the text of /proc/net/snmp. The error is nil or a *scan.LineError, valid until the next Parse.
func (s *NetSNMP) Parse(b []byte) error {
	*s = NetSNMP{}
	parseCounterPairs(b, s, &s.bad)
	return s.bad.Err()
}

func (s *NetSNMP) column(protocol, name []byte) (field *Number, as string) {
	switch string(protocol) {
	case "Tcp":
		return s.tcp(name)
	case "Udp":
		return s.UDP.field(name)
	}
	return nil, ""
}

func (s *NetSNMP) tcp(name []byte) (field *Number, as string) {
	switch string(name) {
	case "ActiveOpens":
		return &s.ActiveOpens, "ActiveOpens"
	case "PassiveOpens":
		return &s.PassiveOpens, "PassiveOpens"
	case "InSegs":
		return &s.InSegs, "InSegs"
	case "OutSegs":
		return &s.OutSegs, "OutSegs"
	case "RetransSegs":
		return &s.RetransSegs, "RetransSegs"
	case "OutRsts":
		return &s.OutRsts, "OutRsts"
	}
	return nil, ""
}

func (u *UDPErrors) field(name []byte) (field *Number, as string) {
	switch string(name) {
	case "NoPorts":
		return &u.NoPorts, "NoPorts"
	case "InErrors":
		return &u.InErrors, "InErrors"
	case "RcvbufErrors":
		return &u.RcvbufErrors, "RcvbufErrors"
	case "InCsumErrors":
		u.HasChecksums = true
		return &u.InCsumErrors, "InCsumErrors"
	case "SndbufErrors":
		return &u.SndbufErrors, "SndbufErrors"
	}
	return nil, ""
}

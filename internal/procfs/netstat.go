// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import "github.com/superviz-io/hostprobe/internal/scan"

// Netstat is what is used of the row TcpExt of /proc/net/netstat, which counts IPv4 and IPv6.
//
//	TcpExt: SyncookiesSent SyncookiesRecv … ListenOverflows ListenDrops … TCPTimeouts …
//	TcpExt: 0 0 … 0 0 … 2 …
//
// Source: Documentation/networking/snmp_counter.rst; net/ipv4/proc.c, netstat_seq_show.
type Netstat struct {
	ListenOverflows Number // Connections dropped because an accept queue was full. They are ListenDrops too.
	ListenDrops     Number // Connections dropped by listeners for any reason.
	TCPTimeouts     Number // Retransmission timers that ran out.

	bad scan.LineError
}

// Parse reads the text of /proc/net/netstat. The error is nil or a *scan.LineError, valid until the next Parse.
func (n *Netstat) Parse(b []byte) error {
	*n = Netstat{}
	parseCounterPairs(b, n, &n.bad)
	return n.bad.Err()
}

func (n *Netstat) column(protocol, name []byte) (field *Number, as string) {
	if string(protocol) != "TcpExt" {
		return nil, ""
	}
	switch string(name) {
	case "ListenOverflows":
		return &n.ListenOverflows, "ListenOverflows"
	case "ListenDrops":
		return &n.ListenDrops, "ListenDrops"
	case "TCPTimeouts":
		return &n.TCPTimeouts, "TCPTimeouts"
	}
	return nil, ""
}

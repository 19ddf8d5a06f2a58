// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"errors"
	"io/fs"
	"os"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// protocolsSource reads the counters of the protocols.
type protocolsSource struct {
	snmp      *source.File[procfs.NetSNMP, *procfs.NetSNMP]
	snmp6     *source.File[procfs.NetSNMP6, *procfs.NetSNMP6]
	netstat   *source.File[procfs.Netstat, *procfs.Netstat]
	sockstat  *sockstatFile
	sockstat6 *sockstatFile

	other [snapshot.NumIPVersions]otherErrors
}

type sockstatFile = source.File[procfs.Sockstat, *procfs.Sockstat]

// newProtocolsSource returns the source of the files in dir, a path relative to the root of h that ends in a slash.
func newProtocolsSource(h *source.Host, dir string) *protocolsSource {
	return &protocolsSource{
		snmp:      source.NewFile[procfs.NetSNMP](h, dir+"snmp", pseudofs.Single),
		snmp6:     source.NewFile[procfs.NetSNMP6](h, dir+"snmp6", pseudofs.Single),
		netstat:   source.NewFile[procfs.Netstat](h, dir+"netstat", pseudofs.Single),
		sockstat:  source.NewFile[procfs.Sockstat](h, dir+"sockstat", pseudofs.Single),
		sockstat6: source.NewFile[procfs.Sockstat](h, dir+"sockstat6", pseudofs.Single),
	}
}

// read fills what is requested, and reports whether any of the files could be read.
func (p *protocolsSource) read(sc *source.Scrape) (filled bool) {
	want, s := &sc.Want.Connections.Protocols, &sc.Snapshot.Connections.Protocols
	if want.Sockets || want.SocketMemory {
		if sockstat := p.sockstat.Read(sc); sockstat != nil {
			if want.Sockets {
				p.countSockets(sc, s, sockstat)
			}
			pageSize := uint64(os.Getpagesize())
			s.SocketMemory[snapshot.TransportTCP] = pageBytes(sockstat.TCP.Mem, pageSize)
			s.SocketMemory[snapshot.TransportUDP] = pageBytes(sockstat.UDP.Mem, pageSize)
			filled = true
		}
	}
	if want.TCP || want.UDPErrors {
		if snmp := p.snmp.Read(sc); snmp != nil {
			fillTCP(s, snmp)
			if want.UDPErrors {
				p.fillUDPErrors(sc, s, snmp)
			}
			filled = true
		}
	}
	if want.TCPExtended {
		if netstat := p.netstat.Read(sc); netstat != nil {
			s.Timeouts = snapshot.Quantity(netstat.TCPTimeouts)
			s.ListenOverflows = snapshot.Quantity(netstat.ListenOverflows)
			s.ListenDrops = snapshot.Quantity(netstat.ListenDrops)
			filled = true
		}
	}
	return filled
}

// readIPv6 reads a file that a kernel without IPv6 lacks, which is no fault: absent is true then. It returns nil for a file
// that is absent or cannot be read.
func readIPv6[T any, P source.Parser[T]](f *source.File[T, P], sc *source.Scrape) (parsed P, absent bool) {
	if _, err := f.Parse(sc); errors.Is(err, fs.ErrNotExist) {
		return nil, true
	}
	return f.Read(sc), false
}

func pageBytes(pages procfs.Number, pageSize uint64) snapshot.Quantity {
	return snapshot.Quantity{N: pages.N * pageSize, Known: pages.Known}
}

// countSockets counts IPv4 and IPv6 sockets, or neither: if the file of IPv6 exists but cannot be read, the IPv4 sockets would
// pass for all of them.
func (p *protocolsSource) countSockets(sc *source.Scrape, s *snapshot.Protocols, v4 *procfs.Sockstat) {
	sockstat6, absent := readIPv6(p.sockstat6, sc)
	if sockstat6 == nil && !absent {
		return
	}
	fillSockets(s, v4, snapshot.IPv4)
	if absent {
		return
	}
	fillSockets(s, sockstat6, snapshot.IPv6)
	for t := range s.Sockets {
		if sockets := &s.Sockets[t]; !sockets[snapshot.IPv4].Known || !sockets[snapshot.IPv6].Known {
			*sockets = [snapshot.NumIPVersions]snapshot.Quantity{}
		}
	}
}

func fillSockets(s *snapshot.Protocols, k *procfs.Sockstat, v snapshot.IPVersion) {
	s.Sockets[snapshot.TransportTCP][v] = snapshot.Quantity(k.TCP.InUse)
	s.Sockets[snapshot.TransportUDP][v] = snapshot.Quantity(k.UDP.InUse)
	s.Sockets[snapshot.TransportUDPLite][v] = snapshot.Quantity(k.UDPLite.InUse)
	s.Sockets[snapshot.TransportRaw][v] = snapshot.Quantity(k.Raw.InUse)
}

func fillTCP(s *snapshot.Protocols, k *procfs.NetSNMP) {
	s.SegmentsReceived, s.SegmentsSent = snapshot.Quantity(k.InSegs), snapshot.Quantity(k.OutSegs)
	s.SegmentsRetransmitted = snapshot.Quantity(k.RetransSegs)
	s.ConnectionsActive, s.ConnectionsPassive = snapshot.Quantity(k.ActiveOpens), snapshot.Quantity(k.PassiveOpens)
	s.ResetsSent = snapshot.Quantity(k.OutRsts)
}

// fillUDPErrors adds the errors over IPv4 and IPv6. If the file of IPv6 exists but cannot be read, the sum is unknown: without
// IPv6 it would decrease.
func (p *protocolsSource) fillUDPErrors(sc *source.Scrape, s *snapshot.Protocols, v4 *procfs.NetSNMP) {
	snmp6, absent := readIPv6(p.snmp6, sc)
	if snmp6 == nil && !absent {
		return
	}
	s.UDPErrors = p.other[snapshot.IPv4].errorsOf(&v4.UDP)
	if absent {
		return
	}
	for kind, n := range p.other[snapshot.IPv6].errorsOf(&snmp6.UDP) {
		sum := &s.UDPErrors[kind]
		*sum = snapshot.Quantity{N: sum.N + n.N, Known: sum.Known && n.Known}
	}
}

// otherErrors are the receive errors without a counter of their own: InErrors minus the others. The kernel reads its counters
// one after the other while they increase, so the difference may decrease; it is kept then, unless InErrors was reset.
type otherErrors struct{ all, rest uint64 }

// errorsOf returns the errors of each kind; UDPOther is unknown if InErrors or RcvbufErrors is.
func (o *otherErrors) errorsOf(k *procfs.UDPErrors) (errs [snapshot.NumUDPErrors]snapshot.Quantity) {
	errs[snapshot.UDPReceiveBuffer] = snapshot.Quantity(k.RcvbufErrors)
	errs[snapshot.UDPSendBuffer] = snapshot.Quantity(k.SndbufErrors)
	errs[snapshot.UDPNoPort] = snapshot.Quantity(k.NoPorts)
	errs[snapshot.UDPChecksum] = snapshot.Quantity(k.InCsumErrors)
	// Before Linux 3.10 checksum errors are among the others.
	if !k.InErrors.Known || !k.RcvbufErrors.Known || k.HasChecksums && !k.InCsumErrors.Known {
		return errs
	}
	named := k.RcvbufErrors.N + k.InCsumErrors.N
	rest := k.InErrors.N - min(named, k.InErrors.N)
	if k.InErrors.N >= o.all {
		rest = max(rest, o.rest)
	}
	o.all, o.rest = k.InErrors.N, rest
	errs[snapshot.UDPOther] = snapshot.Known(rest)
	return errs
}

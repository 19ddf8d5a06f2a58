// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"io/fs"
	"os"

	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// protocolsSource is the part of connectionsSource that reads the counters of the protocols.
type protocolsSource struct {
	*native
	snmp      *kernelFile[procfs.NetSNMP, *procfs.NetSNMP]
	snmp6     *kernelFile[procfs.NetSNMP6, *procfs.NetSNMP6]
	netstat   *kernelFile[procfs.Netstat, *procfs.Netstat]
	sockstat  *sockstatFile
	sockstat6 *sockstatFile

	other [snapshot.NumIPVersions]restOfErrors
}

type sockstatFile = kernelFile[procfs.Sockstat, *procfs.Sockstat]

// newProtocolsSource reads the files of dir, which ends in a slash.
func newProtocolsSource(n *native, dir string) *protocolsSource {
	return &protocolsSource{
		native:    n,
		snmp:      newKernelFile[procfs.NetSNMP](n, dir+"snmp", pseudofs.Single),
		snmp6:     newKernelFile[procfs.NetSNMP6](n, dir+"snmp6", pseudofs.Single),
		netstat:   newKernelFile[procfs.Netstat](n, dir+"netstat", pseudofs.Single),
		sockstat:  newKernelFile[procfs.Sockstat](n, dir+"sockstat", pseudofs.Single),
		sockstat6: newKernelFile[procfs.Sockstat](n, dir+"sockstat6", pseudofs.Single),
	}
}

func (p *protocolsSource) read(sc *scrape) (filled bool) {
	want, s := &p.options.Want.Protocols, &sc.snapshot.Connections.Protocols
	if want.Sockets || want.SocketMemory {
		if sockstat := p.sockstat.read(sc); sockstat != nil {
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
		if snmp := p.snmp.read(sc); snmp != nil {
			fillTCP(s, snmp)
			if want.UDPErrors {
				p.fillUDPErrors(sc, s, snmp)
			}
			filled = true
		}
	}
	if want.TCPExtended {
		if netstat := p.netstat.read(sc); netstat != nil {
			s.Timeouts = snapshot.Quantity(netstat.TCPTimeouts)
			s.ListenOverflows = snapshot.Quantity(netstat.ListenOverflows)
			s.ListenDrops = snapshot.Quantity(netstat.ListenDrops)
			filled = true
		}
	}
	return filled
}

// ofIPv6 reads a file that a kernel without IPv6 does not have, which is no fault: it counts nothing then.
func ofIPv6[T any, P parserOf[T]](f *kernelFile[T, P], sc *scrape) (parsed P, without bool) {
	if _, err := f.parse(sc); errors.Is(err, fs.ErrNotExist) {
		return nil, true
	}
	return f.read(sc), false
}

func pageBytes(pages procfs.Number, pageSize uint64) snapshot.Quantity {
	return snapshot.Quantity{N: pages.N * pageSize, Known: pages.Known}
}

// countSockets tells of both versions of IP or of none: where IPv6 is there and cannot be read, what IPv4 has would be taken
// for the sockets of both.
func (p *protocolsSource) countSockets(sc *scrape, s *snapshot.Protocols, v4 *procfs.Sockstat) {
	sockstat6, without := ofIPv6(p.sockstat6, sc)
	if sockstat6 == nil && !without {
		return
	}
	fillSockets(s, v4, snapshot.IPv4)
	if without {
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

// fillUDPErrors adds both versions of IP. Where IPv6 is there and cannot be read nothing is known of their sum: one
// without it would fall back.
func (p *protocolsSource) fillUDPErrors(sc *scrape, s *snapshot.Protocols, v4 *procfs.NetSNMP) {
	snmp6, without := ofIPv6(p.snmp6, sc)
	if snmp6 == nil && !without {
		return
	}
	s.UDPErrors = p.other[snapshot.IPv4].errorsOf(&v4.UDP)
	if without {
		return
	}
	for kind, n := range p.other[snapshot.IPv6].errorsOf(&snmp6.UDP) {
		sum := &s.UDPErrors[kind]
		*sum = snapshot.Quantity{N: sum.N + n.N, Known: sum.Known && n.Known}
	}
}

// restOfErrors is the errors that have no name: those of InErrors that are no others. The kernel's counters are read one
// after the other while it counts, so what remains may step back; it is held then, as long as InErrors was not reset.
type restOfErrors struct{ all, rest uint64 }

func (r *restOfErrors) errorsOf(k *procfs.UDPErrors) (errs [snapshot.NumUDPErrors]snapshot.Quantity) {
	errs[snapshot.UDPReceiveBuffer] = snapshot.Quantity(k.RcvbufErrors)
	errs[snapshot.UDPSendBuffer] = snapshot.Quantity(k.SndbufErrors)
	errs[snapshot.UDPNoPort] = snapshot.Quantity(k.NoPorts)
	errs[snapshot.UDPChecksum] = snapshot.Quantity(k.InCsumErrors)
	// Before Linux 3.10 those of checksums are among the rest.
	if !k.InErrors.Known || !k.RcvbufErrors.Known || k.HasChecksums && !k.InCsumErrors.Known {
		return errs
	}
	named := k.RcvbufErrors.N + k.InCsumErrors.N
	rest := k.InErrors.N - min(named, k.InErrors.N)
	if k.InErrors.N >= r.all {
		rest = max(rest, r.rest)
	}
	r.all, r.rest = k.InErrors.N, rest
	errs[snapshot.UDPOther] = snapshot.Known(rest)
	return errs
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"cmp"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Source fills snapshot.Connections. It implements source.Source, and is not safe for concurrent use.
type Source struct {
	dumps              *dumps  // nil if the host's network namespace is not the collector's.
	noDumps            error   // Why dumps is nil.
	owners             *owners // nil if dumps is.
	tcpFiles, udpFiles netFiles
	protocols          *protocolsSource
	established        *established
	listeners          listenerHistory

	collected collected
}

// collected is what the dumps or files of one scrape report, until it is published.
type collected struct {
	dumped   snapshot.SocketLists // Protocols that sock_diag has dumped.
	tcp, udp [snapshot.NumIPVersions]snapshot.SocketCounts
	unix     snapshot.SocketCounts

	tcpListeners, udpListeners listenerInfos
}

// New returns the source of the sockets of h, which closes what the source opens. At most maxOwners owners have counts of
// their own in snapshot.Connections.Owned, and each socket list has at most maxSockets entries. Nothing is read yet.
func New(h *source.Host, maxOwners, maxSockets int) *Source {
	s := &Source{}
	dir := "proc/net/"
	namespace, err := h.NetNamespace()
	if namespace == source.OwnNamespace {
		s.dumps = newDumps(h.Timeout)
		s.dumps.counter.lists = newLists(maxSockets, h.MaxLength)
		s.owners = newOwners(h, maxOwners)
		h.OnClose(s.dumps.close)
		h.OnClose(s.owners.close)
	} else {
		dir = h.NetDir()
	}
	s.noDumps = cmp.Or(err, source.ErrNoProcfs)
	s.protocols = newProtocolsSource(h, dir)
	s.established = &established{
		sockstat: [snapshot.NumIPVersions]*sockstatFile{s.protocols.sockstat, s.protocols.sockstat6}, snmp: s.protocols.snmp,
	}
	for v, suffix := range [snapshot.NumIPVersions]string{snapshot.IPv4: "", snapshot.IPv6: "6"} {
		s.tcpFiles[v] = source.NewFile[procfs.NetSockets](h, dir+"tcp"+suffix, pseudofs.Records)
		s.udpFiles[v] = source.NewFile[procfs.NetSockets](h, dir+"udp"+suffix, pseudofs.Records)
	}
	return s
}

// Read fills the sockets and protocol counters that sc.Want selects, and reports whether anything could be read. The source of
// a fault is a file, "sock_diag" alone or with the protocol, or the kernel module that is missing.
func (s *Source) Read(sc *source.Scrape) (filled bool) {
	owners := s.begin(sc)
	filled = s.collect(sc)
	if owners != nil {
		owners.resolve(sc, s.dumps.counter.resolved)
	}
	s.publish(sc, owners)
	if owners != nil {
		owners.end()
		s.dumps.counter.shrink()
	}
	return s.protocols.read(sc) || filled
}

// begin starts a scrape. It returns nil if the scrape needs no owners, or if owners cannot be resolved.
func (s *Source) begin(sc *source.Scrape) (owners *owners) {
	want := &sc.Want.Connections
	s.collected.begin()
	if s.owners != nil && s.owners.begin(want) {
		owners = s.owners
	}
	if s.dumps != nil {
		s.dumps.counter.begin(&sc.Snapshot.Connections, want, owners != nil)
	}
	return owners
}

// begin empties c, except for the memory of its lists.
func (c *collected) begin() {
	c.tcpListeners.restart()
	c.udpListeners.restart()
	*c = collected{tcpListeners: c.tcpListeners, udpListeners: c.udpListeners}
}

// collect dumps the sockets of the protocols that are requested, or reads /proc/net instead.
func (s *Source) collect(sc *source.Scrape) (filled bool) {
	want, dumped := &sc.Want.Connections, &s.collected.dumped
	if want.TCPStates || want.Listeners || want.TCPSockets {
		dumped.TCP = s.dumpTCP(sc)
		filled = dumped.TCP || s.readTCP(sc)
	}
	if want.UDPStates || want.Listeners || want.UDPSockets {
		dumped.UDP = s.dumpUDP(sc)
		filled = dumped.UDP || s.readUDP(sc) || filled
	}
	if want.UnixStates || want.UnixSockets {
		dumped.Unix = s.dumpUnix(sc)
		filled = dumped.Unix || filled
	}
	return filled
}

func (s *Source) dumpTCP(sc *source.Scrape) (filled bool) {
	if s.dumps == nil {
		return false
	}
	want := &sc.Want.Connections
	listeners := s.collected.tcpListeners.onlyIf(want.Listeners)
	var err error
	switch d := s.dumps; {
	case want.TCPStates && !want.TCPSockets && !d.counter.owners:
		err = s.established.states(sc, d, listeners)
	case want.TCPStates || want.TCPSockets:
		err = d.tcp(socketStates, listeners)
	default:
		err = d.tcp(0, listeners)
	}
	if err != nil {
		reportDump(sc, protocolTCP, err)
		return false
	}
	s.collected.tcp = s.dumps.counter.inetCounts()
	return true
}

func (s *Source) dumpUDP(sc *source.Scrape) (filled bool) {
	if s.dumps == nil {
		return false
	}
	if err := s.dumps.udp(s.collected.udpListeners.onlyIf(sc.Want.Connections.Listeners)); err != nil {
		reportDump(sc, protocolUDP, err)
		return false
	}
	s.collected.udp = s.dumps.counter.inetCounts()
	return true
}

// dumpUnix has no fallback: in /proc/net/unix a name can contain whole lines that look like sockets.
func (s *Source) dumpUnix(sc *source.Scrape) (filled bool) {
	if s.dumps == nil {
		sc.Fault("sock_diag unix", s.noDumps)
		return false
	}
	if err := s.dumps.unix(); err != nil {
		reportDump(sc, protocolUnix, err)
		return false
	}
	s.collected.unix = s.dumps.counter.unixCounts()
	return true
}

// publish puts what was collected into the snapshot, with the owners that were resolved; nil if none are needed.
func (s *Source) publish(sc *source.Scrape, owners *owners) {
	want, c, got := &sc.Want.Connections, &sc.Snapshot.Connections, &s.collected
	if want.TCPStates {
		c.TCP = got.tcp
	}
	if want.UDPStates {
		c.UDP = got.udp
	}
	if want.UnixStates {
		c.Unix = got.unix
	}
	if owners != nil && want.Owners.Any() {
		owners.publish(c, s.dumps.counter.resolved)
	}
	s.listeners.publish(c, &got.tcpListeners, &got.udpListeners, owners.ownerOf)
	if s.dumps != nil {
		s.dumps.counter.lists.publish(c, got.dumped, owners.ownerOf)
	}
}

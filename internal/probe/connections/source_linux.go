// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// connectionsSource counts sockets as the kernel's sock_diag dumps them, record by record, without making a list. Where
// there is no sock_diag, or only that of another network namespace, it reads /proc/net.
type Source struct {
	host    *source.Host
	sockets *dumps    // nil where the host's are not ours.
	owners  *owners   // nil where the sockets of the host are not ours.
	knownBy ownerFunc // What they say.
	ownerOf ownerFunc // Of this scrape.
	tcp     netFiles
	udp     netFiles

	protocols   *protocolsSource
	established *established

	listeners                  listenerHistory
	tcpListeners, udpListeners listenerInfos
}

// waitingSockets are those of one protocol that a source has shown in a scrape.
type listenerInfos struct {
	source  listenerSource // noListeners where there is nothing to be used.
	sockets []listenerInfo
}

func New(h *source.Host, maxOwners, maxSockets int) *Source {
	c := &Source{host: h}
	dir := "proc/net/"
	if h.Namespace("net") == source.OwnNamespace {
		c.sockets = &dumps{timeout: h.Timeout}
		c.sockets.counter.lists = newLists(maxSockets, h.MaxLength)
		c.owners = newOwners(h, maxOwners)
		c.knownBy = c.owners.owner
		h.OnClose(c.sockets.close)
		h.OnClose(c.owners.close)
	} else {
		dir = h.NetDir()
	}
	c.protocols = newProtocolsSource(h, dir)
	c.established = &established{
		sockstat: [snapshot.NumIPVersions]*sockstatFile{c.protocols.sockstat, c.protocols.sockstat6}, snmp: c.protocols.snmp,
	}
	for v, suffix := range [snapshot.NumIPVersions]string{snapshot.IPv4: "", snapshot.IPv6: "6"} {
		c.tcp[v] = source.NewFile[procfs.NetSockets](h, dir+"tcp"+suffix, pseudofs.Records)
		c.udp[v] = source.NewFile[procfs.NetSockets](h, dir+"udp"+suffix, pseudofs.Records)
	}
	return c
}

func (c *Source) Read(sc *source.Scrape) (filled bool) {
	want, s := &sc.Want.Connections, &sc.Snapshot.Connections
	c.tcpListeners.source, c.udpListeners.source = noListeners, noListeners
	owners := c.owners
	if owners != nil && !owners.begin(want) {
		owners = nil
	}
	c.ownerOf = noOwner
	if owners != nil {
		c.ownerOf = c.knownBy
	}
	if c.sockets != nil {
		c.sockets.begin(s, want, owners != nil)
	}
	var made snapshot.SocketLists
	if want.TCPStates || want.Listeners || want.TCPSockets {
		made.TCP = c.dumpTCP(sc)
		filled = made.TCP || c.readTCP(sc)
	}
	if want.UDPStates || want.Listeners || want.UDPSockets {
		made.UDP = c.dumpUDP(sc)
		filled = made.UDP || c.readUDP(sc) || filled
	}
	if want.UnixStates || want.UnixSockets {
		made.Unix = c.dumpUnix(sc)
		filled = made.Unix || filled
	}
	if owners != nil {
		owners.find(sc, c.sockets.counter.resolved)
		if want.Owners.Any() {
			owners.count(s, c.sockets.counter.resolved)
		}
	}
	s.Listed.Listeners = c.tcpListeners.source != noListeners || c.udpListeners.source != noListeners
	if c.tcpListeners.source != noListeners {
		c.listeners.addTCP(s, c.tcpListeners.source, c.tcpListeners.sockets, c.ownerOf)
	}
	if c.udpListeners.source != noListeners {
		c.listeners.addUDP(s, c.udpListeners.source, c.udpListeners.sockets, c.ownerOf)
	}
	if c.sockets != nil {
		c.sockets.counter.lists.publish(s, made, c.ownerOf)
	}
	if owners != nil {
		owners.end()
		c.sockets.counter.shrink()
	}
	return c.protocols.Read(sc) || filled
}

func (c *Source) dumpTCP(sc *source.Scrape) (filled bool) {
	if c.sockets == nil {
		return false
	}
	want := &sc.Want.Connections
	var err error
	switch d := c.sockets; {
	case want.TCPStates && !want.TCPSockets && !d.counter.owners:
		err = c.established.states(sc, d, want.Listeners)
	case want.TCPStates || want.TCPSockets:
		err = d.tcp(socketStates, want.Listeners)
	default:
		err = d.tcp(0, want.Listeners)
	}
	if err != nil {
		sc.Fault("sock_diag tcp", err)
		return false
	}
	if want.TCPStates {
		c.sockets.counter.publish(&sc.Snapshot.Connections.TCP)
	}
	c.tcpListeners.take(c.sockets, want.Listeners)
	return true
}

func (c *Source) dumpUDP(sc *source.Scrape) (filled bool) {
	if c.sockets == nil {
		return false
	}
	want := &sc.Want.Connections
	if err := c.sockets.udp(want.Listeners); err != nil {
		sc.Fault("sock_diag udp", err)
		return false
	}
	if want.UDPStates {
		c.sockets.counter.publish(&sc.Snapshot.Connections.UDP)
	}
	c.udpListeners.take(c.sockets, want.Listeners)
	return true
}

// take keeps the sockets that a dump has shown one by one, and leaves its own memory to the next dump.
func (w *listenerInfos) take(d *dumps, wanted bool) {
	if wanted {
		w.source = sockDiagListeners
		w.sockets, d.counter.waiting = d.counter.waiting, w.sockets
	}
}

// dumpUnix has no other source: in /proc/net/unix a name can hold whole lines that look like sockets.
func (c *Source) dumpUnix(sc *source.Scrape) (filled bool) {
	err := source.ErrOtherNamespace
	if c.sockets != nil {
		err = c.sockets.unix()
	}
	if err != nil {
		sc.Fault("sock_diag unix", err)
		return false
	}
	t := &c.sockets.counter
	if sc.Want.Connections.UnixStates {
		sc.Snapshot.Connections.Unix = snapshot.SocketCounts{Known: true, ByState: t.unix, Owned: t.countByOwner}
	}
	return true
}

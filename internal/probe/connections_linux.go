// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// connectionsSource counts sockets as the kernel's sock_diag dumps them, record by record, without making a list. Where
// there is no sock_diag, or only that of another network namespace, it reads /proc/net.
type connectionsSource struct {
	host    *source.Host
	sockets *socketDumps  // nil where the host's are not ours.
	owners  *socketOwners // nil where the sockets of the host are not ours.
	knownBy ownerFunc     // What they say.
	ownerOf ownerFunc     // Of this scrape.
	tcp     netFiles
	udp     netFiles

	protocols *protocolsSource
	inUse     *tcpInUse

	listeners              listenerHistory
	tcpWaiting, udpWaiting waitingSockets
}

// waitingSockets are those of one protocol that a source has shown in a scrape.
type waitingSockets struct {
	source  listenerSource // noListeners where there is nothing to be used.
	sockets []waitingSocket
}

func newConnectionsSource(h *source.Host, maxOwners, maxSockets int) *connectionsSource {
	c := &connectionsSource{host: h}
	dir := "proc/net/"
	if h.Namespace("net") == source.OwnNamespace {
		c.sockets = &socketDumps{timeout: h.Timeout}
		c.sockets.tally.lists = newSocketLists(maxSockets, h.MaxLength)
		c.owners = newSocketOwners(h, maxOwners)
		c.knownBy = c.owners.owner
		h.OnClose(c.sockets.close)
		h.OnClose(c.owners.close)
	} else {
		dir = h.NetDir()
	}
	c.protocols = newProtocolsSource(h, dir)
	c.inUse = &tcpInUse{
		sockstat: [snapshot.NumIPVersions]*sockstatFile{c.protocols.sockstat, c.protocols.sockstat6}, snmp: c.protocols.snmp,
	}
	for v, suffix := range [snapshot.NumIPVersions]string{snapshot.IPv4: "", snapshot.IPv6: "6"} {
		c.tcp[v] = source.NewFile[procfs.NetSockets](h, dir+"tcp"+suffix, pseudofs.Records)
		c.udp[v] = source.NewFile[procfs.NetSockets](h, dir+"udp"+suffix, pseudofs.Records)
	}
	return c
}

func (c *connectionsSource) Read(sc *source.Scrape) (filled bool) {
	want, s := &sc.Want.Connections, &sc.Snapshot.Connections
	c.tcpWaiting.source, c.udpWaiting.source = noListeners, noListeners
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
		owners.find(sc, c.sockets.tally.owned)
		if want.Owners.Any() {
			owners.count(s, c.sockets.tally.owned)
		}
	}
	s.Listed.Listeners = c.tcpWaiting.source != noListeners || c.udpWaiting.source != noListeners
	if c.tcpWaiting.source != noListeners {
		c.listeners.addTCP(s, c.tcpWaiting.source, c.tcpWaiting.sockets, c.ownerOf)
	}
	if c.udpWaiting.source != noListeners {
		c.listeners.addUDP(s, c.udpWaiting.source, c.udpWaiting.sockets, c.ownerOf)
	}
	if c.sockets != nil {
		c.sockets.tally.lists.publish(s, made, c.ownerOf)
	}
	if owners != nil {
		owners.end()
		c.sockets.tally.shrink()
	}
	return c.protocols.Read(sc) || filled
}

func (c *connectionsSource) dumpTCP(sc *source.Scrape) (filled bool) {
	if c.sockets == nil {
		return false
	}
	want := &sc.Want.Connections
	var err error
	switch d := c.sockets; {
	case want.TCPStates && !want.TCPSockets && !d.tally.owners:
		err = c.inUse.states(sc, d, want.Listeners)
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
		c.sockets.tally.publish(&sc.Snapshot.Connections.TCP)
	}
	c.tcpWaiting.take(c.sockets, want.Listeners)
	return true
}

func (c *connectionsSource) dumpUDP(sc *source.Scrape) (filled bool) {
	if c.sockets == nil {
		return false
	}
	want := &sc.Want.Connections
	if err := c.sockets.udp(want.Listeners); err != nil {
		sc.Fault("sock_diag udp", err)
		return false
	}
	if want.UDPStates {
		c.sockets.tally.publish(&sc.Snapshot.Connections.UDP)
	}
	c.udpWaiting.take(c.sockets, want.Listeners)
	return true
}

// take keeps the sockets that a dump has shown one by one, and leaves its own memory to the next dump.
func (w *waitingSockets) take(d *socketDumps, wanted bool) {
	if wanted {
		w.source = sockDiagListeners
		w.sockets, d.tally.waiting = d.tally.waiting, w.sockets
	}
}

// dumpUnix has no other source: in /proc/net/unix a name can hold whole lines that look like sockets.
func (c *connectionsSource) dumpUnix(sc *source.Scrape) (filled bool) {
	err := source.ErrOtherNamespace
	if c.sockets != nil {
		err = c.sockets.unix()
	}
	if err != nil {
		sc.Fault("sock_diag unix", err)
		return false
	}
	t := &c.sockets.tally
	if sc.Want.Connections.UnixStates {
		sc.Snapshot.Connections.Unix = snapshot.SocketCounts{Known: true, ByState: t.unix, Owned: t.counted}
	}
	return true
}

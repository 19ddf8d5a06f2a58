// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

// socketLists are the lists of sockets of a scrape.
type lists struct {
	want snapshot.SocketLists // Of this scrape; without Listeners, who have a history.
	tcp  topList[snapshot.TCPSocket]
	udp  topList[snapshot.UDPSocket]
	unix topList[snapshot.UnixSocket]
	// paths are the names of unix sockets.
	paths *intern.Strings
	path  []byte
}

// maxSocketPaths bounds the paths that are kept: of so many listeners, each of which lends its path to its connections.
const maxSocketPaths = 4096

func newLists(most, maxLength int) lists {
	l := lists{paths: intern.New(maxSocketPaths, maxLength)}
	l.tcp.max, l.udp.max, l.unix.max = most, most, most
	return l
}

// begin starts the lists of a scrape in the memory that c has for them.
func (l *lists) begin(c *snapshot.Connections, want *snapshot.ConnectionsWant) {
	l.want = snapshot.SocketLists{TCP: want.TCPSockets, UDP: want.UDPSockets, Unix: want.UnixSockets}
	l.tcp.begin(c.TCPSockets)
	l.udp.begin(c.UDPSockets)
	l.unix.begin(c.UnixSockets)
}

// wants reports whether the sockets of a protocol are listed.
func (l *lists) wants(protocol ownedProtocol) bool {
	switch protocol {
	case ownedTCP:
		return l.want.TCP
	case ownedUDP:
		return l.want.UDP
	default:
		return l.want.Unix
	}
}

// restart empties the list of a protocol, of which a dump begins.
func (l *lists) restart(protocol ownedProtocol) {
	switch protocol {
	case ownedTCP:
		l.tcp.begin(l.tcp.items)
	case ownedUDP:
		l.udp.begin(l.udp.items)
	default:
		l.unix.begin(l.unix.items)
	}
}

// addInet lists a TCP or UDP socket. TCP sockets that listen have a list of their own.
func (l *lists) addInet(protocol ownedProtocol, s *sockdiag.InetSocket, state snapshot.SocketState, origin socketOrigin) {
	local, remote := snapshot.Address{IP: s.Local, Port: s.LocalPort}, snapshot.Address{IP: s.Remote, Port: s.RemotePort}
	ipv6 := s.Family == sockdiag.AFInet6
	switch {
	case protocol == ownedUDP:
		l.udp.add(&snapshot.UDPSocket{
			IPv6: ipv6, Connected: s.RemotePort != 0, Local: local, Remote: remote, ReceiveQueue: s.ReceiveQueue,
		}, statePriority[state], origin)
	case state != snapshot.SocketListen:
		l.tcp.add(&snapshot.TCPSocket{
			IPv6: ipv6, State: state, Local: local, Remote: remote, ReceiveQueue: s.ReceiveQueue, SendQueue: s.SendQueue,
		}, statePriority[state], origin)
	}
}

// addUnix lists a unix socket. Those that listen are worth most: what talks to them has their path.
func (l *lists) addUnix(s *sockdiag.UnixSocket, state snapshot.SocketState, origin socketOrigin) {
	rank := 1 + statePriority[state]
	if state == snapshot.SocketListen {
		rank = 0
	}
	if l.unix.add(&snapshot.UnixSocket{Type: s.Type, State: state}, rank, origin) {
		l.unix.items[l.unix.last(rank)].Path = l.pathOf(s.Name)
	}
}

// pathOf is the name of a unix socket. That of an abstract one begins with @, as everybody writes it.
func (l *lists) pathOf(name []byte) string {
	if len(name) == 0 {
		return ""
	}
	if name[0] == 0 {
		l.path = append(append(l.path[:0], '@'), name[1:]...)
		name = l.path
	}
	return l.paths.String(name)
}

// publish puts the lists of the dumps that were made into c. They are c's from then on.
func (l *lists) publish(c *snapshot.Connections, made snapshot.SocketLists, ownerOf ownerFunc) {
	c.TCPSockets, c.TCPSocketsSeen = l.tcp.take(ownerOf, func(s *snapshot.TCPSocket) *snapshot.Owner { return &s.Owner })
	c.UDPSockets, c.UDPSocketsSeen = l.udp.take(ownerOf, func(s *snapshot.UDPSocket) *snapshot.Owner { return &s.Owner })
	c.UnixSockets, c.UnixSocketsSeen = l.unix.take(ownerOf, func(s *snapshot.UnixSocket) *snapshot.Owner { return &s.Owner })
	c.Listed.TCP, c.Listed.UDP, c.Listed.Unix = made.TCP && l.want.TCP, made.UDP && l.want.UDP, made.Unix && l.want.Unix
	if l.want.Unix {
		l.paths.Sweep()
	}
}

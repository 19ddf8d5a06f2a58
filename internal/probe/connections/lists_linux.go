// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

// lists are the socket lists of a scrape.
type lists struct {
	want  snapshot.SocketLists // Of this scrape; without Listeners, see listenerHistory.
	tcp   topList[snapshot.TCPSocket]
	udp   topList[snapshot.UDPSocket]
	unix  topList[snapshot.UnixSocket]
	paths *intern.Strings // Names of unix sockets.
	path  []byte          // Scratch.
}

// maxSocketPaths bounds the interned paths: one for each listener, whose connections have the same.
const maxSocketPaths = 4096

func newLists(maxSockets, maxLength int) lists {
	l := lists{paths: intern.New(maxSocketPaths, maxLength)}
	l.tcp.max, l.udp.max, l.unix.max = maxSockets, maxSockets, maxSockets
	return l
}

// begin starts a scrape, whose lists are made in the memory that c has for them.
func (l *lists) begin(c *snapshot.Connections, want *snapshot.ConnectionsWant) {
	l.want = snapshot.SocketLists{TCP: want.TCPSockets, UDP: want.UDPSockets, Unix: want.UnixSockets}
	l.tcp.begin(c.TCPSockets)
	l.udp.begin(c.UDPSockets)
	l.unix.begin(c.UnixSockets)
}

// wants reports whether the sockets of a protocol are listed.
func (l *lists) wants(p protocol) bool {
	switch p {
	case protocolTCP:
		return l.want.TCP
	case protocolUDP:
		return l.want.UDP
	default:
		return l.want.Unix
	}
}

// restart empties the list of a protocol before a dump of it.
func (l *lists) restart(p protocol) {
	switch p {
	case protocolTCP:
		l.tcp.begin(l.tcp.items)
	case protocolUDP:
		l.udp.begin(l.udp.items)
	default:
		l.unix.begin(l.unix.items)
	}
}

// addInet lists a TCP or UDP socket, unless it is a TCP listener.
func (l *lists) addInet(p protocol, s *sockdiag.InetSocket, state snapshot.SocketState, origin socketOrigin) {
	local, remote := snapshot.Address{IP: s.Local, Port: s.LocalPort}, snapshot.Address{IP: s.Remote, Port: s.RemotePort}
	ipv6 := s.Family == sockdiag.AFInet6
	switch {
	case p == protocolUDP:
		l.udp.add(&snapshot.UDPSocket{
			IPv6: ipv6, Connected: s.RemotePort != 0, Local: local, Remote: remote, ReceiveQueue: s.ReceiveQueue,
		}, statePriority[state], origin)
	case state != snapshot.SocketListen:
		l.tcp.add(&snapshot.TCPSocket{
			IPv6: ipv6, State: state, Local: local, Remote: remote, ReceiveQueue: s.ReceiveQueue, SendQueue: s.SendQueue,
		}, statePriority[state], origin)
	}
}

// addUnix lists a unix socket. Listeners have the highest priority: their connections have the same path.
func (l *lists) addUnix(s *sockdiag.UnixSocket, state snapshot.SocketState, origin socketOrigin) {
	rank := 1 + statePriority[state]
	if state == snapshot.SocketListen {
		rank = 0
	}
	if listed := l.unix.add(&snapshot.UnixSocket{Type: s.Type, State: state}, rank, origin); listed != nil {
		listed.Path = l.pathOf(s.Name)
	}
}

// pathOf returns the name of a unix socket. An abstract one starts with @ instead of a zero byte, as in ss(8).
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

// publish hands the lists over to c, and marks those of the protocols in dumped as complete.
func (l *lists) publish(c *snapshot.Connections, dumped snapshot.SocketLists, ownerOf ownerFunc) {
	c.TCPSockets, c.TCPSocketsSeen = l.tcp.take(ownerOf, func(s *snapshot.TCPSocket) *snapshot.Owner { return &s.Owner })
	c.UDPSockets, c.UDPSocketsSeen = l.udp.take(ownerOf, func(s *snapshot.UDPSocket) *snapshot.Owner { return &s.Owner })
	c.UnixSockets, c.UnixSocketsSeen = l.unix.take(ownerOf, func(s *snapshot.UnixSocket) *snapshot.Owner { return &s.Owner })
	c.Listed.TCP, c.Listed.UDP, c.Listed.Unix = dumped.TCP && l.want.TCP, dumped.UDP && l.want.UDP, dumped.Unix && l.want.Unix
	if l.want.Unix {
		l.paths.Sweep()
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

// visitor is what one dump does with its sockets. It implements sockdiag.Visitor.
type visitor struct {
	counter   *counter // Counts each socket.
	protocol  protocol
	listeners *listenerInfos // Gets each socket, unless it is nil.
}

// Socket implements sockdiag.Visitor.
func (v *visitor) Socket(payload []byte) error {
	family, state, err := sockdiag.State(payload)
	if err != nil {
		return err
	}
	if state >= uint8(snapshot.NumSocketStates) {
		state = uint8(snapshot.SocketSynRecv) // TCP_NEW_SYN_RECV, a distinction of the kernel's own.
	}
	if (family == sockdiag.AFUnix) != (v.protocol == protocolUnix) {
		return sockdiag.ErrMalformed
	}
	version := snapshot.IPv4
	if family == sockdiag.AFInet6 {
		version = snapshot.IPv6
	}
	c := v.counter
	switch v.protocol {
	case protocolTCP:
		if sockdiag.InUse(payload) {
			c.inUse[version]++
		}
		c.inet[version][state]++
	case protocolUDP:
		c.inet[version][state]++
	case protocolUnix:
		c.unix[state]++
	}
	if v.listeners == nil && !c.owners && !c.lists.wants(v.protocol) {
		return nil
	}
	return v.collect(payload, version, snapshot.SocketState(state))
}

// collect keeps what is requested of one socket.
func (v *visitor) collect(payload []byte, version snapshot.IPVersion, state snapshot.SocketState) (err error) {
	c := v.counter
	var origin socketOrigin
	if v.protocol == protocolUnix {
		err = c.unixSocket.Parse(payload)
		origin.inode = c.unixSocket.Inode
	} else {
		err = c.inetSocket.Parse(payload)
		origin = socketOrigin{cgroup: cgroupKey(c.inetSocket.CgroupID), inode: c.inetSocket.Inode}
	}
	if err != nil {
		return err
	}
	if c.owners {
		c.resolved = append(c.resolved, resolvedSocket{socketOrigin: origin, protocol: v.protocol, version: version, state: state})
	}
	if v.listeners != nil {
		v.listeners.sockets = append(v.listeners.sockets, listenerOf(&c.inetSocket, origin))
	}
	switch {
	case !c.lists.wants(v.protocol):
	case v.protocol == protocolUnix:
		c.lists.addUnix(&c.unixSocket, state, origin)
	default:
		c.lists.addInet(v.protocol, &c.inetSocket, state, origin)
	}
	return nil
}

func listenerOf(s *sockdiag.InetSocket, origin socketOrigin) listenerInfo {
	return listenerInfo{
		identity: s.Cookie,
		local:    snapshot.Address{IP: s.Local, Port: s.LocalPort},
		ipv6:     s.Family == sockdiag.AFInet6,
		origin:   origin,
		peer:     s.RemotePort != 0,
		queue:    s.ReceiveQueue,
		limit:    s.SendQueue, limitKnown: snapshot.SocketState(s.State) == snapshot.SocketListen,
		drops: s.Drops, dropsKnown: s.DropsKnown,
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"github.com/superviz-io/hostprobe/internal/genmap"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

// socketTally is what the sockets of a dump come to, or of several that are used together.
type counter struct {
	inet [snapshot.NumIPVersions][snapshot.NumSocketStates]uint64
	// inUse is how many of the TCP sockets are of those that the kernel counts too.
	inUse   [snapshot.NumIPVersions]uint64
	unix    [snapshot.NumSocketStates]uint64
	waiting []listenerInfo
	// owned are the sockets of all dumps of a scrape, if owners are asked for.
	resolved []ownedSocket
	owners   bool
	// counted says that they are counted by owner too.
	countByOwner bool
	lists        lists

	listeners bool // Sockets are wanted one by one.
	protocol  ownedProtocol

	inetSocket sockdiag.InetSocket
	unixSocket sockdiag.UnixSocket
}

// begin starts a tally of sockets of a protocol. owned is how many sockets dumps before it have shown in this scrape.
func (t *counter) begin(protocol ownedProtocol, listeners bool, owned int) {
	t.inet, t.unix = [snapshot.NumIPVersions][snapshot.NumSocketStates]uint64{}, [snapshot.NumSocketStates]uint64{}
	t.inUse = [snapshot.NumIPVersions]uint64{}
	t.waiting, t.resolved = t.waiting[:0], t.resolved[:owned]
	t.protocol, t.listeners = protocol, listeners
	t.lists.restart(protocol)
}

// Socket implements sockdiag.Visitor.
func (t *counter) Socket(payload []byte) error {
	family, state, err := sockdiag.State(payload)
	if err != nil {
		return err
	}
	if state >= uint8(snapshot.NumSocketStates) {
		state = uint8(snapshot.SocketSynRecv) // TCP_NEW_SYN_RECV, which the kernel tells apart for itself.
	}
	if (family == sockdiag.AFUnix) != (t.protocol == ownedUnix) {
		return sockdiag.ErrMalformed
	}
	version := snapshot.IPv4
	if family == sockdiag.AFInet6 {
		version = snapshot.IPv6
	}
	switch t.protocol {
	case ownedTCP:
		if sockdiag.InUse(payload) {
			t.inUse[version]++
		}
		t.inet[version][state]++
	case ownedUDP:
		t.inet[version][state]++
	case ownedUnix:
		t.unix[state]++
	}
	if !t.listeners && !t.owners && !t.lists.wants(t.protocol) {
		return nil
	}
	return t.add(payload, version, snapshot.SocketState(state))
}

// add keeps what is wanted of one socket.
func (t *counter) add(payload []byte, version snapshot.IPVersion, state snapshot.SocketState) (err error) {
	var origin socketOrigin
	if t.protocol == ownedUnix {
		err = t.unixSocket.Parse(payload)
		origin.inode = t.unixSocket.Inode
	} else {
		err = t.inetSocket.Parse(payload)
		origin = socketOrigin{group: groupOf(t.inetSocket.CgroupID), inode: t.inetSocket.Inode}
	}
	if err != nil {
		return err
	}
	if t.owners {
		t.resolved = append(t.resolved, ownedSocket{socketOrigin: origin, protocol: t.protocol, version: version, state: state})
	}
	if t.listeners {
		t.addWaiting(origin)
	}
	switch {
	case !t.lists.wants(t.protocol):
	case t.protocol == ownedUnix:
		t.lists.addUnix(&t.unixSocket, state, origin)
	default:
		t.lists.addInet(t.protocol, &t.inetSocket, state, origin)
	}
	return nil
}

func (t *counter) addWaiting(origin socketOrigin) {
	s := &t.inetSocket
	t.waiting = append(t.waiting, listenerInfo{
		identity: s.Cookie,
		local:    snapshot.Address{IP: s.Local, Port: s.LocalPort},
		ipv6:     s.Family == sockdiag.AFInet6,
		origin:   origin,
		peer:     s.RemotePort != 0,
		queue:    s.ReceiveQueue,
		limit:    s.SendQueue, limitKnown: snapshot.SocketState(s.State) == snapshot.SocketListen,
		drops: s.Drops, dropsKnown: s.DropsKnown,
	})
}

// publish says how many sockets of each state there are.
func (t *counter) publish(counts *[snapshot.NumIPVersions]snapshot.SocketCounts) {
	for v := range counts {
		counts[v] = snapshot.SocketCounts{Known: true, ByState: t.inet[v], Owned: t.countByOwner}
	}
}

// idle is how many times more room than sockets is worth to be given back.
const idle = 4

// shrink gives memory back after most of the sockets have gone.
func (t *counter) shrink() {
	if cap(t.resolved) > genmap.ShrinkThreshold && len(t.resolved) < cap(t.resolved)/idle {
		t.resolved = append(make([]ownedSocket, 0, len(t.resolved)), t.resolved...)
	}
}

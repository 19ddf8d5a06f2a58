// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/genmap"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

// socketTally is what the sockets of a dump come to, or of several that are used together.
type socketTally struct {
	inet [snapshot.NumIPVersions][snapshot.NumSocketStates]uint64
	// inUse is how many of the TCP sockets are of those that the kernel counts too.
	inUse   [snapshot.NumIPVersions]uint64
	unix    [snapshot.NumSocketStates]uint64
	waiting []waitingSocket
	// owned are the sockets of all dumps of a scrape, if owners are asked for.
	owned  []ownedSocket
	owners bool
	// counted says that they are counted by owner too.
	counted bool
	lists   socketLists

	listeners bool // Sockets are wanted one by one.
	protocol  ownedProtocol

	inetSocket sockdiag.InetSocket
	unixSocket sockdiag.UnixSocket
}

// begin starts a tally of sockets of a protocol. owned is how many sockets dumps before it have shown in this scrape.
func (t *socketTally) begin(protocol ownedProtocol, listeners bool, owned int) {
	t.inet, t.unix = [snapshot.NumIPVersions][snapshot.NumSocketStates]uint64{}, [snapshot.NumSocketStates]uint64{}
	t.inUse = [snapshot.NumIPVersions]uint64{}
	t.waiting, t.owned = t.waiting[:0], t.owned[:owned]
	t.protocol, t.listeners = protocol, listeners
	t.lists.restart(protocol)
}

// Socket implements sockdiag.Visitor.
func (t *socketTally) Socket(payload []byte) error {
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
func (t *socketTally) add(payload []byte, version snapshot.IPVersion, state snapshot.SocketState) (err error) {
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
		t.owned = append(t.owned, ownedSocket{socketOrigin: origin, protocol: t.protocol, version: version, state: state})
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

func (t *socketTally) addWaiting(origin socketOrigin) {
	s := &t.inetSocket
	t.waiting = append(t.waiting, waitingSocket{
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
func (t *socketTally) publish(counts *[snapshot.NumIPVersions]snapshot.SocketCounts) {
	for v := range counts {
		counts[v] = snapshot.SocketCounts{Known: true, ByState: t.inet[v], Owned: t.counted}
	}
}

// idle is how many times more room than sockets is worth to be given back.
const idle = 4

// shrink gives memory back after most of the sockets have gone.
func (t *socketTally) shrink() {
	if cap(t.owned) > genmap.ShrinkThreshold && len(t.owned) < cap(t.owned)/idle {
		t.owned = append(make([]ownedSocket, 0, len(t.owned)), t.owned...)
	}
}

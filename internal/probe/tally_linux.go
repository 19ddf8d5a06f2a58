// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

// socketTally is what the sockets of a dump come to, or of several that are used together.
type socketTally struct {
	inet    [snapshot.NumIPVersions][snapshot.NumSocketStates]uint64
	unix    [snapshot.NumSocketStates]uint64
	waiting []waitingSocket

	listeners bool // Sockets are wanted one by one.

	inetSocket sockdiag.InetSocket
}

// begin starts a tally.
func (t *socketTally) begin(listeners bool) {
	t.inet, t.unix = [snapshot.NumIPVersions][snapshot.NumSocketStates]uint64{}, [snapshot.NumSocketStates]uint64{}
	t.waiting, t.listeners = t.waiting[:0], listeners
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
	switch family {
	case sockdiag.AFInet:
		t.inet[snapshot.IPv4][state]++
	case sockdiag.AFInet6:
		t.inet[snapshot.IPv6][state]++
	default:
		t.unix[state]++
	}
	if !t.listeners {
		return nil
	}
	return t.addWaiting(payload)
}

// addWaiting keeps a socket that is wanted by itself.
func (t *socketTally) addWaiting(payload []byte) error {
	s := &t.inetSocket
	if err := s.Parse(payload); err != nil {
		return err
	}
	t.waiting = append(t.waiting, waitingSocket{
		identity: s.Cookie,
		local:    snapshot.Address{IP: s.Local, Port: s.LocalPort},
		ipv6:     s.Family == sockdiag.AFInet6,
		peer:     s.RemotePort != 0,
		queue:    s.ReceiveQueue,
		limit:    s.SendQueue, limitKnown: snapshot.SocketState(s.State) == snapshot.SocketListen,
		drops: s.Drops, dropsKnown: s.DropsKnown,
	})
	return nil
}

// publish says how many sockets of each state there are.
func (t *socketTally) publish(counts *[snapshot.NumIPVersions]snapshot.SocketCounts) {
	for v := range counts {
		counts[v] = snapshot.SocketCounts{Known: true, ByState: t.inet[v]}
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"math"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// waitingSocket is a TCP listener or a UDP socket as a source shows it.
type waitingSocket struct {
	// identity is what tells it from all other sockets that the source shows: its cookie, its inode.
	identity   uint64
	local      snapshot.Address
	ipv6       bool
	origin     socketOrigin
	peer       bool   // A UDP socket with a peer.
	queue      uint32 // TCP: connections, UDP: bytes.
	limit      uint32 // TCP: connections.
	drops      uint32 // Since the socket began; wraps.
	limitKnown bool
	// queueUnknown says that queue is not known.
	queueUnknown bool
	dropsKnown   bool
}

func (w *waitingSocket) listener(udp bool) snapshot.Listener {
	return snapshot.Listener{
		IPv6: w.ipv6, UDP: udp, Local: w.local, Queue: snapshot.Quantity{N: uint64(w.queue), Known: !w.queueUnknown},
		Limit: snapshot.Quantity{N: uint64(w.limit), Known: w.limitKnown},
	}
}

// socketOrigin is by what the owner of a socket is found.
type socketOrigin struct {
	group uint64 // Id of the control group, 0 is unknown: unix sockets have none, nor has what is left of a connection.
	inode uint32 // 0 where nobody holds the socket.
}

// ownerFunc says whose a socket is, and whether that owner is one too many to be told apart.
type ownerFunc func(socketOrigin) (owner snapshot.Owner, surplus bool)

// noOwner is for those who did not ask.
func noOwner(socketOrigin) (owner snapshot.Owner, surplus bool) { return snapshot.Owner{}, false }

// socketDrops is what is remembered of one socket.
type socketDrops struct {
	drops    uint32 // As the source showed them last.
	reported uint32 // What of them is in some series.
}

// report returns the drops that are in no series yet. They are counted in 32 bits, and may have wrapped.
func (d *socketDrops) report(w *waitingSocket) snapshot.Quantity {
	d.drops = w.drops
	more := d.drops - d.reported
	d.reported = d.drops
	return snapshot.Quantity{N: uint64(more), Known: w.dropsKnown}
}

// listenerHistory tells what only two looks at the same socket can: how much its drops have increased, and whether a UDP
// socket stays. A resolver's socket lives for one question, and its port is nobody's.
type listenerHistory struct {
	tcp, udp transportHistory
}

type transportHistory struct {
	seen[uint64, socketDrops]
	source listenerSource
}

// listenerSource is where sockets are looked at. The same socket has another identity in each.
type listenerSource uint8

const (
	noListeners listenerSource = iota
	sockDiagListeners
	procNetListeners
)

// look starts a look at the sockets of a source. If it is not the source of the look before, what its sockets have
// dropped so far was reported then.
func (h *transportHistory) look(source listenerSource) (reported bool) {
	reported = h.source != source && h.source != noListeners
	if reported {
		h.reset()
	}
	h.source = source
	h.begin()
	return reported
}

// addTCP adds to c the listeners that a source has shown, all of them.
func (h *listenerHistory) addTCP(c *snapshot.Connections, source listenerSource, sockets []waitingSocket, ownerOf ownerFunc) {
	reported := h.tcp.look(source)
	for i := range sockets {
		w := &sockets[i]
		drops, isNew := h.tcp.at(w.identity)
		if isNew && reported {
			drops.reported = w.drops
		}
		l := w.listener(false)
		l.Dropped = drops.report(w)
		l.Owner, l.Surplus = ownerOf(w.origin)
		c.Listeners = append(withRoom(c.Listeners, math.MaxInt), l)
	}
	h.tcp.end(nil)
}

// addUDP adds to c the UDP sockets that a source has shown, all of them: those without a peer that were there at the look
// before one by one, the others together. What a new one has dropped is reported when it is known which of both it is.
func (h *listenerHistory) addUDP(c *snapshot.Connections, source listenerSource, sockets []waitingSocket, ownerOf ownerFunc) {
	reported := h.udp.look(source)
	other := &c.OtherUDP
	other.Queue.Known, other.Dropped.Known = true, len(sockets) == 0
	for i := range sockets {
		w := &sockets[i]
		drops, isNew := h.udp.at(w.identity)
		if isNew && reported {
			drops.reported = w.drops
		}
		other.Dropped.Known = other.Dropped.Known || w.dropsKnown
		switch {
		case w.peer:
			other.Dropped.N += drops.report(w).N
			other.Queue.N += uint64(w.queue)
		case isNew:
			drops.drops = w.drops
			other.Queue.N += uint64(w.queue)
		default:
			l := w.listener(true)
			l.Dropped = drops.report(w)
			l.Owner, l.Surplus = ownerOf(w.origin)
			c.Listeners = append(withRoom(c.Listeners, math.MaxInt), l)
		}
	}
	h.udp.end(func(gone *socketDrops) { other.Dropped.N += uint64(gone.drops - gone.reported) })
}

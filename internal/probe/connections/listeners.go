// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"math"

	"github.com/superviz-io/hostprobe/internal/genmap"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// listenerInfo is a TCP listener or a UDP socket as sock_diag or /proc/net reports it.
type listenerInfo struct {
	// identity is unique among the sockets that a source reports: the cookie in sock_diag, the inode in /proc/net.
	identity   uint64
	local      snapshot.Address
	ipv6       bool
	origin     socketOrigin
	peer       bool   // A UDP socket with a peer.
	queue      uint32 // TCP: connections that wait for accept. UDP: bytes to be read.
	limit      uint32 // TCP: the backlog, in connections.
	drops      uint32 // Since the socket was created; wraps.
	limitKnown bool
	dropsKnown bool
	// queueUnknown is set where the value of queue is implausible.
	queueUnknown bool
}

func (i *listenerInfo) listener(udp bool) snapshot.Listener {
	return snapshot.Listener{
		IPv6: i.ipv6, UDP: udp, Local: i.local, Queue: snapshot.Quantity{N: uint64(i.queue), Known: !i.queueUnknown},
		Limit: snapshot.Quantity{N: uint64(i.limit), Known: i.limitKnown},
	}
}

// listenerInfos are the TCP listeners or the UDP sockets that a source reports in a scrape.
type listenerInfos struct {
	source  listenerSource // noListeners until sockets is complete.
	sockets []listenerInfo
}

// listenerSource is a source of listenerInfos. The same socket has another identity in each.
type listenerSource uint8

const (
	noListeners listenerSource = iota
	sockDiagListeners
	procNetListeners
)

// onlyIf returns l, or nil if listeners are not wanted. The methods of a nil l do nothing.
func (l *listenerInfos) onlyIf(wanted bool) *listenerInfos {
	if wanted {
		return l
	}
	return nil
}

// restart drops the sockets, except for their memory.
func (l *listenerInfos) restart() {
	if l != nil {
		l.source, l.sockets = noListeners, l.sockets[:0]
	}
}

// complete says that sockets are all that the source has.
func (l *listenerInfos) complete(source listenerSource) {
	if l != nil {
		l.source = source
	}
}

// socketOrigin is what the owner of a socket is resolved from.
type socketOrigin struct {
	cgroup uint64 // Key of the cgroup, see cgroupKey. 0 is unknown: unix sockets and those in TIME_WAIT have none.
	inode  uint32 // 0 if no process has the socket open.
}

// ownerFunc returns the owner of a socket, and whether it is beyond the largest number of owners with counts of their own.
type ownerFunc func(socketOrigin) (owner snapshot.Owner, surplus bool)

// socketDrops is the drop counter of one socket.
type socketDrops struct {
	drops    uint32 // At the previous scrape.
	reported uint32 // The part that is in a snapshot already.
}

// report returns the drops that are in no snapshot yet. The kernel counts them in 32 bits, which may have wrapped.
func (d *socketDrops) report(i *listenerInfo) snapshot.Quantity {
	d.drops = i.drops
	more := d.drops - d.reported
	d.reported = d.drops
	return snapshot.Quantity{N: uint64(more), Known: i.dropsKnown}
}

// listenerHistory keeps what takes two scrapes of the same socket: how many packets it has dropped in between, and whether a
// UDP socket persists. The socket of a resolver lives for one query, and its port identifies no service.
type listenerHistory struct {
	tcp, udp transportHistory
}

type transportHistory struct {
	genmap.Map[uint64, socketDrops]
	source listenerSource
}

// beginScrape starts a generation with the sockets of a source. reported says that it is not the source of the generation
// before: what its sockets have dropped so far is in a snapshot already.
func (h *transportHistory) beginScrape(source listenerSource) (reported bool) {
	reported = h.source != source && h.source != noListeners
	if reported {
		h.Reset()
	}
	h.source = source
	h.Begin()
	return reported
}

// publish adds the sockets of both transports to c, of each if its source is complete.
func (h *listenerHistory) publish(c *snapshot.Connections, tcp, udp *listenerInfos, ownerOf ownerFunc) {
	c.Listed.Listeners = tcp.source != noListeners || udp.source != noListeners
	if tcp.source != noListeners {
		h.addTCP(c, tcp.source, tcp.sockets, ownerOf)
	}
	if udp.source != noListeners {
		h.addUDP(c, udp.source, udp.sockets, ownerOf)
	}
}

// addTCP adds to c the listeners of a source, all of them.
func (h *listenerHistory) addTCP(c *snapshot.Connections, source listenerSource, sockets []listenerInfo, ownerOf ownerFunc) {
	reported := h.tcp.beginScrape(source)
	for i := range sockets {
		info := &sockets[i]
		drops, isNew := h.tcp.Get(info.identity)
		if isNew && reported {
			drops.reported = info.drops
		}
		l := info.listener(false)
		l.Dropped = drops.report(info)
		l.Owner, l.Surplus = ownerOf(info.origin)
		c.Listeners = append(withRoom(c.Listeners, math.MaxInt), l)
	}
	h.tcp.End(nil)
}

// addUDP adds to c the UDP sockets of a source, all of them: those without a peer that the scrape before found too as
// listeners, the others as one sum. The drops of a new socket are held back until it is known which of both it is.
func (h *listenerHistory) addUDP(c *snapshot.Connections, source listenerSource, sockets []listenerInfo, ownerOf ownerFunc) {
	reported := h.udp.beginScrape(source)
	other := &c.OtherUDP
	other.Queue.Known, other.Dropped.Known = true, len(sockets) == 0
	for i := range sockets {
		info := &sockets[i]
		drops, isNew := h.udp.Get(info.identity)
		if isNew && reported {
			drops.reported = info.drops
		}
		other.Dropped.Known = other.Dropped.Known || info.dropsKnown
		switch {
		case info.peer:
			other.Dropped.N += drops.report(info).N
			other.Queue.N += uint64(info.queue)
		case isNew:
			drops.drops = info.drops
			other.Queue.N += uint64(info.queue)
		default:
			l := info.listener(true)
			l.Dropped = drops.report(info)
			l.Owner, l.Surplus = ownerOf(info.origin)
			c.Listeners = append(withRoom(c.Listeners, math.MaxInt), l)
		}
	}
	h.udp.End(func(closed *socketDrops) { other.Dropped.N += uint64(closed.drops - closed.reported) })
}

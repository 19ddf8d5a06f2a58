// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"github.com/superviz-io/hostprobe/internal/genmap"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// ownedSocket is what is kept of each socket of a scrape until it is known whose it is.
type ownedSocket struct {
	socketOrigin
	ownerIndex int32 // Where in socketHolders.inodes it is.
	protocol   ownedProtocol
	version    snapshot.IPVersion
	state      snapshot.SocketState
}

type ownedProtocol uint8

const (
	ownedTCP ownedProtocol = iota
	ownedUDP
	ownedUnix
)

// socketOwners says whose the sockets of a scrape are: by control group, and by process where that is asked for.
type owners struct {
	groups  *cgroupNames // nil where no cgroup hierarchy of version 2 is visible.
	holders *fdOwners
	// What this scrape selects: by what sockets are counted, and which owners are looked up.
	want                snapshot.OwnerWant
	byCgroup, byProcess bool
	// origins are the sockets of each origin. Its name is that of a program, so that the workers of a server are one.
	origins genmap.Map[namedOrigin, originCounts]
	// own are the owners that have series of their own, as many as may be, for as long as they have sockets.
	own  genmap.Map[snapshot.Owner, ownSeries]
	max  int
	tick uint64
}

// ownSeries is where in snapshot.Connections.Owned an owner is.
type ownSeries struct {
	tick uint64 // Of the scrape that this was in.
	at   int
}

type namedOrigin struct {
	group uint64
	name  string
}

type originCounts struct {
	tcp, udp [snapshot.NumIPVersions][snapshot.NumSocketStates]uint32
	unix     [snapshot.NumSocketStates]uint32
	holdable uint64
}

func newOwners(h *source.Host, most int) *owners {
	return &owners{groups: newCgroupNames(h), holders: newFDOwners(h), max: most}
}

// begin starts a scrape and reports whether it needs owners at all.
func (o *owners) begin(want *snapshot.ConnectionsWant) bool {
	o.want = want.Owners
	listed := want.SocketLists()
	o.byCgroup = o.groups != nil && (o.want.Unit || o.want.Container || listed)
	o.byProcess = o.want.Process || listed
	return o.want.Any() || listed
}

func (o *owners) close() { o.holders.close() }

// find finds the owners of the sockets given. It reports to sc what keeps it from finding them all.
func (o *owners) find(sc *source.Scrape, sockets []ownedSocket) {
	if g := o.groups; o.byCgroup {
		g.begin()
		for i := range sockets {
			g.ask(sockets[i].group)
		}
		if err := g.find(); err != nil {
			sc.Fault(g.tree.Name(), err)
		}
	}
	if h := o.holders; o.byProcess {
		h.begin()
		for i := range sockets {
			sockets[i].ownerIndex = -1
			if inode := sockets[i].inode; inode != 0 {
				sockets[i].ownerIndex = h.ask(inode)
			}
		}
		if err := h.find(); err != nil {
			sc.ProcessFault("proc/[pid]/fd", err)
		}
	}
}

// count says in c how many of the sockets given each owner has.
func (o *owners) count(c *snapshot.Connections, sockets []ownedSocket) {
	o.countOrigins(sockets)
	o.tick++
	o.own.Begin()
	c.Owned = append(c.Owned[:0], snapshot.OwnedSockets{}) // Those of nobody who is known.
	for origin, counts := range o.origins.All() {
		owner := o.wanted(snapshot.Owner{Name: origin.name}, origin.group)
		if owner != (snapshot.Owner{}) {
			c.Attributed += counts.holdable
		}
		c.Holdable += counts.holdable
		counts.addTo(o.series(c, owner))
		*counts = originCounts{}
	}
	o.own.End(nil)
}

func (o *owners) countOrigins(sockets []ownedSocket) {
	o.origins.Begin()
	var last namedOrigin
	var counts *originCounts
	for i := range sockets {
		s := &sockets[i]
		origin := namedOrigin{group: s.group}
		if o.want.Process && s.ownerIndex >= 0 {
			if p := o.holders.inodes.At(s.ownerIndex).holder; p != nil {
				origin.name = p.name
			}
		}
		if counts == nil || origin != last {
			counts, _ = o.origins.Get(origin)
			last = origin
		}
		if s.inode != 0 {
			counts.holdable++
		}
		switch s.protocol {
		case ownedTCP:
			counts.tcp[s.version][s.state]++
		case ownedUDP:
			counts.udp[s.version][s.state]++
		default:
			counts.unix[s.state]++
		}
	}
	o.origins.End(nil)
}

// series is where the sockets of an owner are counted.
func (o *owners) series(c *snapshot.Connections, owner snapshot.Owner) *snapshot.OwnedSockets {
	if owner == (snapshot.Owner{}) {
		return &c.Owned[0]
	}
	if o.own.Find(owner) == nil && o.own.Len() >= o.max {
		return &c.Surplus
	}
	own, _ := o.own.Get(owner)
	if own.tick != o.tick {
		*own = ownSeries{tick: o.tick, at: len(c.Owned)}
		c.Owned = append(c.Owned, snapshot.OwnedSockets{Owner: owner})
	}
	return &c.Owned[own.at]
}

func (n *originCounts) addTo(owned *snapshot.OwnedSockets) {
	for v := range n.tcp {
		for state := range n.tcp[v] {
			owned.TCP[v][state] += uint64(n.tcp[v][state])
			owned.UDP[v][state] += uint64(n.udp[v][state])
		}
	}
	for state := range n.unix {
		owned.Unix[state] += uint64(n.unix[state])
	}
}

// wanted is o with the unit and the container of a group, and nothing by which sockets are not counted.
func (o *owners) wanted(owner snapshot.Owner, group uint64) snapshot.Owner {
	owner.PID = 0
	if o.byCgroup {
		owner.Unit, owner.Container = o.groups.owner(group)
	}
	if !o.want.Unit {
		owner.Unit = ""
	}
	if !o.want.Container {
		owner.Container = ""
	}
	if !o.want.Process {
		owner.Name = ""
	}
	return owner
}

// owner is that of one socket of the scrape, as far as it is known. surplus says that it has no series of its own.
func (o *owners) owner(origin socketOrigin) (owner snapshot.Owner, surplus bool) {
	if o.byCgroup {
		owner.Unit, owner.Container = o.groups.owner(origin.group)
	}
	if o.byProcess && origin.inode != 0 {
		if p := o.holders.of(origin.inode); p != nil {
			owner.Name, owner.PID = p.name, int32(p.pid)
		}
	}
	counted := o.wanted(owner, origin.group)
	return owner, counted != (snapshot.Owner{}) && o.own.Find(counted) == nil
}

// end ends a scrape: what it has not shown is forgotten.
func (o *owners) end() {
	if o.byCgroup {
		o.groups.known.End(nil)
	}
	if o.byProcess {
		o.holders.end()
	}
}

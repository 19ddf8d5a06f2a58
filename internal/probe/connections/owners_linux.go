// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"github.com/superviz-io/hostprobe/internal/genmap"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// resolvedSocket is one socket of a scrape whose owner is resolved.
type resolvedSocket struct {
	socketOrigin
	ownerIndex int32 // What fdOwners.want has returned, -1 if no process has the socket open. Of no use without byProcess.
	protocol   protocol
	version    snapshot.IPVersion
	state      snapshot.SocketState
}

// owners resolves the owners of the sockets of a scrape, by cgroup and by process, and counts the sockets of each.
type owners struct {
	cgroups *cgroupNames // nil if no hierarchy of cgroup v2 is visible.
	fds     *fdOwners
	// What this scrape selects: what sockets are counted by, and which owners are resolved.
	want                snapshot.OwnerWant
	byCgroup, byProcess bool
	// origins are the sockets of each origin. Its name is that of an executable, so that all workers of a server are one.
	origins genmap.Map[namedOrigin, originCounts]
	// series are the owners with counts of their own, at most max, each for as long as it has sockets.
	series genmap.Map[snapshot.Owner, ownerSeries]
	max    int
	tick   uint64
}

// ownerSeries is the index of an owner in snapshot.Connections.Owned.
type ownerSeries struct {
	tick  uint64 // Of the scrape that index is from.
	index int
}

type namedOrigin struct {
	cgroup uint64
	name   string
}

type originCounts struct {
	tcp, udp [snapshot.NumIPVersions][snapshot.NumSocketStates]uint32
	unix     [snapshot.NumSocketStates]uint32
	ownable  uint64 // Sockets that a process may have open.
}

func newOwners(h *source.Host, maxOwners int) *owners {
	return &owners{cgroups: newCgroupNames(h), fds: newFDOwners(h), max: maxOwners}
}

// begin starts a scrape, and reports whether it needs owners. Without them the other methods must not be called.
func (o *owners) begin(want *snapshot.ConnectionsWant) bool {
	o.want = want.Owners
	listed := want.SocketLists()
	o.byCgroup = o.cgroups != nil && (o.want.Unit || o.want.Container || listed)
	o.byProcess = o.want.Process || listed
	return o.want.Any() || listed
}

func (o *owners) close() { o.fds.close() }

// resolve finds the owners of all sockets of the scrape, and sets their ownerIndex. It reports to sc why some are unknown: the
// cgroup hierarchy, or proc/[pid]/fd of some processes, could not be read.
func (o *owners) resolve(sc *source.Scrape, sockets []resolvedSocket) {
	if g := o.cgroups; o.byCgroup {
		g.begin()
		for i := range sockets {
			g.want(sockets[i].cgroup)
		}
		if err := g.resolve(); err != nil {
			sc.Fault(g.tree.Name(), err)
		}
	}
	if f := o.fds; o.byProcess {
		f.begin()
		for i := range sockets {
			sockets[i].ownerIndex = -1
			if inode := sockets[i].inode; inode != 0 {
				sockets[i].ownerIndex = f.want(inode)
			}
		}
		if err := f.resolve(); err != nil {
			sc.ProcessFault("proc/[pid]/fd", err)
		}
	}
}

// publish counts the sockets of each owner into c.
func (o *owners) publish(c *snapshot.Connections, sockets []resolvedSocket) {
	o.countOrigins(sockets)
	o.tick++
	o.series.Begin()
	c.Owned = append(c.Owned[:0], snapshot.OwnedSockets{}) // Those whose owner is unknown.
	for origin, counts := range o.origins.All() {
		owner := o.selected(snapshot.Owner{Name: origin.name}, origin.cgroup)
		if owner != (snapshot.Owner{}) {
			c.Attributed += counts.ownable
		}
		c.Holdable += counts.ownable
		counts.addTo(o.countsOf(c, owner))
		*counts = originCounts{}
	}
	o.series.End(nil)
}

func (o *owners) countOrigins(sockets []resolvedSocket) {
	o.origins.Begin()
	var last namedOrigin
	var counts *originCounts
	for i := range sockets {
		s := &sockets[i]
		origin := namedOrigin{cgroup: s.cgroup}
		if o.want.Process && s.ownerIndex >= 0 {
			if p := o.fds.ownerAt(s.ownerIndex); p != nil {
				origin.name = p.name
			}
		}
		if counts == nil || origin != last {
			counts, _ = o.origins.Get(origin)
			last = origin
		}
		if s.inode != 0 {
			counts.ownable++
		}
		switch s.protocol {
		case protocolTCP:
			counts.tcp[s.version][s.state]++
		case protocolUDP:
			counts.udp[s.version][s.state]++
		default:
			counts.unix[s.state]++
		}
	}
	o.origins.End(nil)
}

// countsOf returns where in c the sockets of an owner are counted, valid until the next countsOf.
func (o *owners) countsOf(c *snapshot.Connections, owner snapshot.Owner) *snapshot.OwnedSockets {
	if owner == (snapshot.Owner{}) {
		return &c.Owned[0]
	}
	if o.series.Find(owner) == nil && o.series.Len() >= o.max {
		return &c.Surplus
	}
	series, _ := o.series.Get(owner)
	if series.tick != o.tick {
		*series = ownerSeries{tick: o.tick, index: len(c.Owned)}
		c.Owned = append(c.Owned, snapshot.OwnedSockets{Owner: owner})
	}
	return &c.Owned[series.index]
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

// selected returns owner with the unit and the container of a cgroup, without what sockets are not counted by.
func (o *owners) selected(owner snapshot.Owner, cgroup uint64) snapshot.Owner {
	owner.PID = 0
	if o.byCgroup {
		owner.Unit, owner.Container = o.cgroups.names(cgroup)
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

// ownerOf returns what is known of the owner of one socket of the scrape. surplus says that the owner has no counts of its own.
// A nil o is a scrape without owners: all of them are unknown.
func (o *owners) ownerOf(origin socketOrigin) (owner snapshot.Owner, surplus bool) {
	if o == nil {
		return owner, false
	}
	if o.byCgroup {
		owner.Unit, owner.Container = o.cgroups.names(origin.cgroup)
	}
	if o.byProcess && origin.inode != 0 {
		if p := o.fds.ownerOf(origin.inode); p != nil {
			owner.Name, owner.PID = p.name, int32(p.pid)
		}
	}
	counted := o.selected(owner, origin.cgroup)
	return owner, counted != (snapshot.Owner{}) && o.series.Find(counted) == nil
}

// end ends a scrape: cgroups and inodes that were not in it are evicted.
func (o *owners) end() {
	if o.byCgroup {
		o.cgroups.end()
	}
	if o.byProcess {
		o.fds.end()
	}
}

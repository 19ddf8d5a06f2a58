// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"slices"

	"github.com/superviz-io/hostprobe/internal/genmap"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Groups groups processes by their attributes where series have no PID: a batch would otherwise have a series once per process,
// which backends refuse. The fields select the attributes.
type Groups struct {
	ParentPID, Name, Path, Command, CommandLine, Owner, Cgroup bool

	groups  genmap.Map[groupKey, group]
	slots   []int32 // The group of each process.
	members []int32 // Indices of processes, those of a group in succession.
}

// groupKey has the selected attributes of a process; those that are not selected have no value.
type groupKey struct {
	parentPID                                       snapshot.Quantity
	name, path, command, commandLine, owner, cgroup string
}

// group is what is kept of a group while it has members.
type group struct {
	start    int64
	counters snapshot.ProcessCounters
	// While a snapshot is grouped, isNew is true if it is the group's first, size is the number of members until the group is
	// listed, and position is where.
	isNew          bool
	size, position int
}

func (g *Groups) key(p *snapshot.Process) (k groupKey) {
	if g.ParentPID {
		k.parentPID = p.ParentPID
	}
	k.name = selected(g.Name, p.Name)
	k.path = selected(g.Path, p.Path)
	k.command = selected(g.Command, p.Command)
	k.commandLine = selected(g.CommandLine, p.CommandLine)
	k.owner = selected(g.Owner, p.Owner)
	k.cgroup = selected(g.Cgroup, p.Cgroup)
	return k
}

func selected(is bool, value string) string {
	if is {
		return value
	}
	return ""
}

// isAnonymous reports whether p has none of the attributes that groups are made by.
func (g *Groups) isAnonymous(p *snapshot.Process) bool { return g != nil && g.key(p) == groupKey{} }

// update groups the list of l. grown is the growth of each of its processes, now the time of the snapshot in nanoseconds since the
// Unix epoch. A group without members is forgotten.
func (g *Groups) update(l *snapshot.ProcessList, grown []growth, now int64) {
	g.groups.Begin()
	g.slots = g.slots[:0]
	for i := range l.List {
		p := &l.List[i]
		slot, isNew := g.groups.Slot(g.key(p))
		g.slots = append(g.slots, slot)
		one := g.groups.At(slot)
		if isNew {
			one.isNew, one.start = true, now
		}
		if one.isNew {
			one.start = min(one.start, grown[i].from)
		}
		one.size++
		grown[i].addTo(&one.counters, p)
	}
	g.list(l)
	g.groups.End(nil)
}

// list writes the groups in the order of their first members.
func (g *Groups) list(l *snapshot.ProcessList) {
	g.members = slices.Grow(g.members[:0], len(l.List))
	free := g.members[:len(l.List)]
	for i, slot := range g.slots {
		one := g.groups.At(slot)
		if one.size > 0 {
			one.position = len(l.Groups)
			l.Groups = append(l.Groups, snapshot.ProcessGroup{Members: free[:0:one.size], Start: one.start, Counters: one.counters})
			free = free[one.size:]
			one.size, one.isNew = 0, false
		}
		listed := &l.Groups[one.position]
		listed.Members = append(listed.Members, int32(i))
	}
}

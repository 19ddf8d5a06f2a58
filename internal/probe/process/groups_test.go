// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// named is a worker with the name of its program.
func named(name string, pid uint32, used uint64) snapshot.Process {
	p := worker(pid, used)
	p.Name = name
	return p
}

// grouping is a history of processes that are grouped by name, one second from snapshot to snapshot.
type grouping struct {
	History
	at time.Time
}

func newGrouping() *grouping {
	return &grouping{History: History{Groups: &Groups{Name: true}}, at: time.Unix(1000, 0)}
}

func (g *grouping) step(processes ...snapshot.Process) *snapshot.ProcessList {
	g.at = g.at.Add(time.Second)
	l := &snapshot.ProcessList{List: processes}
	g.update(l, &snapshot.ProcessWant{}, g.at)
	return l
}

// membersOf returns the PIDs of the group of a name, and its user time.
func membersOf(t *testing.T, l *snapshot.ProcessList, name string) (pids []uint32, group snapshot.ProcessGroup) {
	t.Helper()
	for _, g := range l.Groups {
		if l.List[g.Members[0]].Name != name {
			continue
		}
		require.Empty(t, pids, "a name has one group")
		group = g
		for _, i := range g.Members {
			require.Equal(t, name, l.List[i].Name)
			pids = append(pids, l.List[i].PID)
		}
	}
	return pids, group
}

// TestGroups: processes of one name are a group whose counters are the increases of all that were ever in it.
func TestGroups(t *testing.T) {
	t.Parallel()
	h := newGrouping()
	for _, tt := range []struct {
		what  string
		list  []snapshot.Process
		pids  []uint32
		used  uint64
		start int64
	}{
		{"the sum of all", []snapshot.Process{named("a", 3, 30), named("b", 7, 1), named("a", 2, 20)}, []uint32{3, 2}, 50, 2},
		{"a process ends", []snapshot.Process{named("b", 7, 1), named("a", 3, 35)}, []uint32{3}, 55, 2},
		{"a new one joins", []snapshot.Process{named("a", 3, 35), named("a", 8, 4), named("b", 7, 2)}, []uint32{3, 8}, 59, 2},
		{"one takes another name", []snapshot.Process{named("a", 3, 36), named("b", 8, 6), named("b", 7, 2)}, []uint32{3}, 60, 2},
		{"it comes back", []snapshot.Process{named("a", 3, 36), named("a", 8, 7), named("b", 7, 2)}, []uint32{3, 8}, 61, 2},
		{"all have ended", []snapshot.Process{named("b", 7, 2)}, nil, 0, 0},
		{"a group of a process that is not new", []snapshot.Process{named("a", 7, 5)}, []uint32{7}, 3, 1006e9},
		{"it has ended", []snapshot.Process{named("b", 7, 5)}, nil, 0, 0},
		{"a start in the future is now", []snapshot.Process{{PID: 9, Name: "a", Start: 5000e9}}, []uint32{9}, 0, 1009e9},
	} {
		pids, group := membersOf(t, h.step(tt.list...), "a")
		assert.Equal(t, tt.pids, pids, tt.what)
		assert.Equal(t, tt.used, group.Counters[snapshot.ProcessUserTime].N, tt.what)
		assert.Equal(t, tt.start, group.Start, tt.what)
		assert.False(t, group.Counters[snapshot.ProcessSystemTime].Known, "no process knows it")
	}
}

// TestGroupsByEachAttribute: two processes are one group unless an attribute that is selected differs.
func TestGroupsByEachAttribute(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		groups Groups
		other  snapshot.Process
	}{
		"parent":       {Groups{ParentPID: true}, snapshot.Process{ParentPID: snapshot.Known(0)}},
		"name":         {Groups{Name: true}, snapshot.Process{Name: "b"}},
		"path":         {Groups{Path: true}, snapshot.Process{Path: "/b"}},
		"command":      {Groups{Command: true}, snapshot.Process{Command: "b"}},
		"command line": {Groups{CommandLine: true}, snapshot.Process{CommandLine: "b c"}},
		"owner":        {Groups{Owner: true}, snapshot.Process{Owner: "b"}},
		"cgroup":       {Groups{Cgroup: true}, snapshot.Process{Cgroup: "0::/b"}},
	} {
		for groups, want := range map[*Groups]int{&tt.groups: 2, {}: 1} {
			h := History{Groups: groups}
			l := &snapshot.ProcessList{List: []snapshot.Process{{PID: 1}, tt.other}}
			h.update(l, &snapshot.ProcessWant{}, time.Now())
			assert.Len(t, l.Groups, want, name)
		}
	}
}

// TestGroupsOfTop: the groups of the listed processes and the sum of the others add up to the use of all, whichever process is
// listed, and a process without a name is one of the others: both would be series of the host.
func TestGroupsOfTop(t *testing.T) {
	t.Parallel()
	h := newGrouping()
	h.Count, h.By = 2, TopByCPU
	total := func(l *snapshot.ProcessList) (sum uint64) {
		for i := range l.Groups {
			sum += l.Groups[i].Counters[snapshot.ProcessUserTime].N
		}
		return sum + l.Others.Counters[snapshot.ProcessUserTime].N
	}
	l := h.step(named("a", 1, 10), named("a", 2, 20), named("b", 3, 5), named("", 4, 99))
	assert.Equal(t, []uint32{2}, listed(l))
	assert.Equal(t, snapshot.Known(10+5+99), l.Others.Counters[snapshot.ProcessUserTime])
	assert.Equal(t, uint64(134), total(l))
	l = h.step(named("a", 1, 60), named("a", 2, 20), named("b", 3, 65), named("", 4, 99))
	assert.Equal(t, []uint32{1, 3}, listed(l))
	pids, a := membersOf(t, l, "a")
	assert.Equal(t, []uint32{1}, pids)
	assert.Equal(t, snapshot.Known(20+50), a.Counters[snapshot.ProcessUserTime], "what it used before is the others'")
	assert.Equal(t, uint64(60+20+65+99), total(l))
}

func TestGroupsNoAllocs(t *testing.T) {
	h, names := newGrouping(), [...]string{"a", "b", "c"}
	var l snapshot.ProcessList
	read := func() {
		l.List, l.Groups = l.List[:0], l.Groups[:0]
		for pid := uint32(1); pid < 100; pid++ {
			l.List = append(l.List, named(names[pid%3], pid, 1))
		}
		h.update(&l, &snapshot.ProcessWant{}, h.at)
	}
	assert.Zero(t, testing.AllocsPerRun(20, read))
	assert.Len(t, l.Groups, 3)
}

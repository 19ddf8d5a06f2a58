// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// worker is a process that has used this much of each resource.
func worker(pid uint32, used uint64) snapshot.Process {
	p := snapshot.Process{PID: pid, Start: int64(pid), Resident: snapshot.Known(used), Threads: snapshot.Known(1)}
	for _, c := range []snapshot.ProcessCounter{snapshot.ProcessUserTime, snapshot.ProcessReadBytes} {
		p.Counters[c] = snapshot.Known(used)
	}
	return p
}

// listed returns the PIDs of the list.
func listed(l *snapshot.ProcessList) (pids []uint32) {
	for i := range l.List {
		pids = append(pids, l.List[i].PID)
	}
	return pids
}

// TestSince: an increase is known from the second snapshot of a process on, and never negative.
func TestSince(t *testing.T) {
	t.Parallel()
	h := History{}
	start := time.Now()
	list := func(after time.Duration, processes ...snapshot.Process) *snapshot.ProcessList {
		l := &snapshot.ProcessList{List: processes}
		h.update(l, &snapshot.ProcessWant{Utilization: true}, start.Add(after))
		return l
	}
	l := list(0, worker(1, 100))
	assert.False(t, l.Elapsed.Known || l.List[0].Since[snapshot.ProcessUserTime].Known, "the first snapshot has no increases")
	l = list(10, worker(1, 130), worker(2, 5))
	assert.Equal(t, snapshot.Known(10), l.Elapsed)
	assert.Equal(t, snapshot.Known(30), l.List[0].Since[snapshot.ProcessUserTime])
	assert.False(t, l.List[0].Since[snapshot.ProcessSystemTime].Known)
	assert.False(t, l.List[1].Since[snapshot.ProcessUserTime].Known, "the process is new")

	reused := worker(1, 40)
	reused.Start = 99
	assert.False(t, list(20, reused, worker(2, 5)).List[0].Since[snapshot.ProcessUserTime].Known, "another process has the PID")
	assert.Equal(t, snapshot.Quantity{}, list(30, worker(2, 4)).List[0].Since[snapshot.ProcessUserTime], "never negative, but unknown")
	assert.Equal(t, 1, h.records.Len())
	assert.False(t, list(40, reused, worker(2, 4)).List[0].Since[snapshot.ProcessUserTime].Known, "it was missing in the previous snapshot")
}

// TestUnknownForAWhile: a counter that cannot be believed for a while is unknown, and the sum of the others gets what it has grown
// meanwhile, not all of it once more.
func TestUnknownForAWhile(t *testing.T) {
	h := History{Count: 1, By: TopByMemory}
	at := time.Now()
	for _, tt := range []struct{ now, since, sum snapshot.Quantity }{
		{snapshot.Known(1000), snapshot.Quantity{}, snapshot.Known(1000)},
		{snapshot.Quantity{}, snapshot.Quantity{}, snapshot.Known(1000)},
		{snapshot.Quantity{}, snapshot.Quantity{}, snapshot.Known(1000)},
		{snapshot.Known(1030), snapshot.Quantity{}, snapshot.Known(1030)},
		{snapshot.Known(1040), snapshot.Known(10), snapshot.Known(1040)},
		{snapshot.Known(500), snapshot.Quantity{}, snapshot.Known(1040)},
		{snapshot.Known(501), snapshot.Known(1), snapshot.Known(1041)},
	} {
		at = at.Add(time.Second)
		rest := worker(2, 1)
		rest.Counters[snapshot.ProcessUserTime] = tt.now
		l := &snapshot.ProcessList{List: []snapshot.Process{worker(1, 99), rest}}
		h.update(l, &snapshot.ProcessWant{}, at)
		assert.Equal(t, []uint32{1}, listed(l))
		assert.Equal(t, tt.since, l.Others.Since[snapshot.ProcessUserTime])
		assert.Equal(t, tt.sum, l.Others.Counters[snapshot.ProcessUserTime])
	}
}

// TestTop: the listed processes and the sum of the others add up to the use of all processes, and the sum never falls.
func TestTop(t *testing.T) {
	t.Parallel()
	for _, by := range []TopBy{TopByCPU, TopByIO, TopByMemory} {
		h := History{Count: 1, By: by}
		at := time.Now()
		step := func(processes ...snapshot.Process) *snapshot.ProcessList {
			at = at.Add(time.Second)
			l := &snapshot.ProcessList{List: processes}
			h.update(l, &snapshot.ProcessWant{}, at)
			return l
		}
		l := step(worker(1, 50), worker(2, 60), worker(3, 10))
		assert.Equal(t, []uint32{2}, listed(l))
		assert.True(t, l.HasOthers)
		assert.Equal(t, snapshot.Known(60), l.Others.Counters[snapshot.ProcessUserTime])
		assert.Equal(t, snapshot.Known(60), l.Others.Resident)
		assert.Equal(t, snapshot.Known(2), l.Others.Threads)
		assert.False(t, l.Others.Counters[snapshot.ProcessSystemTime].Known)
		if by == TopByMemory {
			continue
		}
		l = step(worker(1, 62), worker(2, 70), worker(3, 10))
		assert.Equal(t, []uint32{2}, listed(l), "12 exceeds 10 by less than half")
		assert.Equal(t, snapshot.Known(72), l.Others.Counters[snapshot.ProcessUserTime])
		l = step(worker(1, 100), worker(2, 72), worker(4, 9))
		assert.Equal(t, []uint32{1}, listed(l))
		assert.Equal(t, snapshot.Known(72+2+9), l.Others.Counters[snapshot.ProcessUserTime], "3 has ended and stays in the sum, 4 is new")
		assert.Equal(t, snapshot.Known(81), l.Others.Resident)
		l = step(worker(1, 100))
		assert.Equal(t, []uint32{1}, listed(l))
		assert.True(t, l.HasOthers, "the sum stays when every process is listed")
		assert.Equal(t, snapshot.Known(83), l.Others.Counters[snapshot.ProcessUserTime])
	}
}

// TestTopByMemory: a listed process stays until another one has half as much again.
func TestTopByMemory(t *testing.T) {
	t.Parallel()
	h := History{Count: 2, By: TopByMemory}
	for _, tt := range []struct {
		one, two, three uint64
		want            []uint32
	}{{10, 9, 8, []uint32{1, 2}}, {10, 9, 12, []uint32{1, 2}}, {10, 9, 14, []uint32{1, 3}}, {10, 9, 14, []uint32{1, 3}}, {1, 9, 14, []uint32{2, 3}}} {
		l := &snapshot.ProcessList{List: []snapshot.Process{worker(1, tt.one), worker(2, tt.two), worker(3, tt.three)}}
		h.update(l, &snapshot.ProcessWant{}, time.Now())
		assert.Equal(t, tt.want, listed(l))
	}
	all := History{Count: 9}
	l := &snapshot.ProcessList{List: []snapshot.Process{worker(1, 1)}}
	all.update(l, &snapshot.ProcessWant{}, time.Now())
	assert.False(t, l.HasOthers, "every process is listed")
}

// TestBusiest: Top has the collector first, then the processes with the most CPU time, whatever the ranking of the list is.
func TestBusiest(t *testing.T) {
	h := History{Count: 2, By: TopByMemory, Self: snapshot.Known(7)}
	at := time.Now()
	var l snapshot.ProcessList
	read := func(spent func(pid uint32) uint64) (pids []uint32) {
		l = snapshot.ProcessList{List: l.List[:0], Top: l.Top[:0]}
		for pid := uint32(1); pid <= 20; pid++ {
			one := snapshot.Process{PID: pid, Start: 1}
			one.Counters[snapshot.ProcessUserTime], one.Counters[snapshot.ProcessSystemTime] = snapshot.Known(spent(pid)), snapshot.Known(0)
			l.List = append(l.List, one)
		}
		at = at.Add(time.Second)
		h.update(&l, &snapshot.ProcessWant{Top: true}, at)
		for i := range l.Top {
			pids = append(pids, l.Top[i].PID)
		}
		return pids
	}
	assert.Equal(t, []uint32{7, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11}, read(func(pid uint32) uint64 { return uint64(pid) }), "since their start")
	assert.Len(t, l.List, 2)
	assert.Equal(t, []uint32{7, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11}, read(func(uint32) uint64 { return 100 }), "since the previous snapshot")
	assert.Equal(t, []uint32{7, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11}, read(func(uint32) uint64 { return 100 }), "with equal CPU time by PID")
	for _, one := range l.Top {
		assert.Equal(t, snapshot.Known(0), one.Since[snapshot.ProcessUserTime])
	}
	assert.Zero(t, testing.AllocsPerRun(20, func() {
		l.Top = l.Top[:0]
		h.chooseTop(&l)
	}))
}

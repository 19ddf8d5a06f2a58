// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// worker is a process that has used this much of everything.
func worker(pid uint32, used uint64) snapshot.Process {
	p := snapshot.Process{PID: pid, Start: int64(pid), Resident: snapshot.Known(used), Threads: snapshot.Known(1)}
	for _, c := range []snapshot.ProcessCounter{snapshot.ProcessUserTime, snapshot.ProcessReadBytes} {
		p.Counters[c] = snapshot.Known(used)
	}
	return p
}

func told(l *snapshot.ProcessList) (pids []uint32) {
	for i := range l.List {
		pids = append(pids, l.List[i].PID)
	}
	return pids
}

func TestSince(t *testing.T) {
	h := processHistory{wanted: true}
	start := time.Now()
	list := func(after time.Duration, processes ...snapshot.Process) *snapshot.ProcessList {
		l := &snapshot.ProcessList{List: processes}
		h.update(l, start.Add(after))
		return l
	}
	l := list(0, worker(1, 100))
	assert.False(t, l.Elapsed.Known || l.List[0].Since[snapshot.ProcessUserTime].Known, "nothing is known of a time before")
	l = list(10, worker(1, 130), worker(2, 5))
	assert.Equal(t, snapshot.Known(10), l.Elapsed)
	assert.Equal(t, snapshot.Known(30), l.List[0].Since[snapshot.ProcessUserTime])
	assert.False(t, l.List[0].Since[snapshot.ProcessSystemTime].Known)
	assert.False(t, l.List[1].Since[snapshot.ProcessUserTime].Known, "it is new")

	reused := worker(1, 40)
	reused.Start = 99
	assert.False(t, list(20, reused, worker(2, 5)).List[0].Since[snapshot.ProcessUserTime].Known, "another has its number")
	assert.Equal(t, snapshot.Quantity{}, list(30, worker(2, 4)).List[0].Since[snapshot.ProcessUserTime], "never negative, but unknown")
	assert.Len(t, h.records.items, 1)
	assert.False(t, list(40, reused, worker(2, 4)).List[0].Since[snapshot.ProcessUserTime].Known, "it was away")
}

// TestUnknownForAWhile: a counter that cannot be believed for a while is unknown, and the sum of the others gets what it has grown
// meanwhile, not all of it once more.
func TestUnknownForAWhile(t *testing.T) {
	h := processHistory{count: 1, by: TopByMemory}
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
		h.update(l, at)
		assert.Equal(t, []uint32{1}, told(l))
		assert.Equal(t, tt.since, l.Others.Since[snapshot.ProcessUserTime])
		assert.Equal(t, tt.sum, l.Others.Counters[snapshot.ProcessUserTime])
	}
}

// TestTop follows the totals: what is told one by one and the sum of the others make up all that was used, and the sum
// never falls.
func TestTop(t *testing.T) {
	for _, by := range []TopBy{TopByCPU, TopByIO, TopByMemory} {
		h := processHistory{count: 1, by: by}
		at := time.Now()
		step := func(processes ...snapshot.Process) *snapshot.ProcessList {
			at = at.Add(time.Second)
			l := &snapshot.ProcessList{List: processes}
			h.update(l, at)
			return l
		}
		l := step(worker(1, 50), worker(2, 60), worker(3, 10))
		assert.Equal(t, []uint32{2}, told(l))
		assert.True(t, l.HasOthers)
		assert.Equal(t, snapshot.Known(60), l.Others.Counters[snapshot.ProcessUserTime])
		assert.Equal(t, snapshot.Known(60), l.Others.Resident)
		assert.Equal(t, snapshot.Known(2), l.Others.Threads)
		assert.False(t, l.Others.Counters[snapshot.ProcessSystemTime].Known)
		if by == TopByMemory {
			continue
		}
		l = step(worker(1, 62), worker(2, 70), worker(3, 10))
		assert.Equal(t, []uint32{2}, told(l), "12 is more than 10, and not by half")
		assert.Equal(t, snapshot.Known(72), l.Others.Counters[snapshot.ProcessUserTime])
		l = step(worker(1, 100), worker(2, 72), worker(4, 9))
		assert.Equal(t, []uint32{1}, told(l))
		assert.Equal(t, snapshot.Known(72+2+9), l.Others.Counters[snapshot.ProcessUserTime], "3 has ended and stays in the sum, 4 is new")
		assert.Equal(t, snapshot.Known(81), l.Others.Resident)
		l = step(worker(1, 100))
		assert.Equal(t, []uint32{1}, told(l))
		assert.True(t, l.HasOthers, "a sum does not end")
		assert.Equal(t, snapshot.Known(83), l.Others.Counters[snapshot.ProcessUserTime])
	}
}

// TestTopByMemory: one that is told stays until another has half as much again.
func TestTopByMemory(t *testing.T) {
	h := processHistory{count: 2, by: TopByMemory}
	for _, tt := range []struct {
		one, two, three uint64
		want            []uint32
	}{{10, 9, 8, []uint32{1, 2}}, {10, 9, 12, []uint32{1, 2}}, {10, 9, 14, []uint32{1, 3}}, {10, 9, 14, []uint32{1, 3}}, {1, 9, 14, []uint32{2, 3}}} {
		l := &snapshot.ProcessList{List: []snapshot.Process{worker(1, tt.one), worker(2, tt.two), worker(3, tt.three)}}
		h.update(l, time.Now())
		assert.Equal(t, tt.want, told(l))
	}
	all := processHistory{count: 9}
	l := &snapshot.ProcessList{List: []snapshot.Process{worker(1, 1)}}
	all.update(l, time.Now())
	assert.False(t, l.HasOthers, "nobody is left")
}

// TestBusiest: our own process comes first, then those with most CPU time, whatever else is told one by one.
func TestBusiest(t *testing.T) {
	h := processHistory{count: 2, by: TopByMemory, wanted: true, top: true, self: snapshot.Known(7)}
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
		h.update(&l, at)
		for i := range l.Top {
			pids = append(pids, l.Top[i].PID)
		}
		return pids
	}
	assert.Equal(t, []uint32{7, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11}, read(func(pid uint32) uint64 { return uint64(pid) }), "by all they had")
	assert.Len(t, l.List, 2)
	assert.Equal(t, []uint32{7, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11}, read(func(uint32) uint64 { return 100 }), "by what they had since")
	assert.Equal(t, []uint32{7, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11}, read(func(uint32) uint64 { return 100 }), "of equal ones the first")
	for _, one := range l.Top {
		assert.Equal(t, snapshot.Known(0), one.Since[snapshot.ProcessUserTime])
	}
	assert.Zero(t, testing.AllocsPerRun(20, func() {
		l.Top = l.Top[:0]
		h.chooseTop(&l)
	}))
}

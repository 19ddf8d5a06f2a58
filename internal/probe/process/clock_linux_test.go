// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestClockIsSet: the age of a process is the uptime of the host less its ticks, whatever the wall clock says, and a start
// that was emitted stays.
func TestClockIsSet(t *testing.T) {
	const second, hour = int64(1e9), int64(3600e9)
	root := t.TempDir()
	const up, now = 864_000, int64(1_800_000_000e9)
	hosttest.Write(t, root, "proc/stat", "cpu0 1 2 3 4 5 6 7 8\nbtime 1799139600\n") // An hour ahead of the truth.
	hosttest.Write(t, root, "proc/uptime", "864000.00 1.00\n")
	writeStat(t, root, 1, "init", "S", 100, 4096, 7)
	want := snapshot.Want{Process: snapshot.ProcessWant{Age: true}}
	r := open(t, options{root: root}, want)
	var s snapshot.Snapshot
	read := func(at int64) map[uint32]snapshot.Process {
		r.Begin(&s, at)
		require.Empty(t, r.readDomain(snapshot.DomainProcess))
		found := map[uint32]snapshot.Process{}
		for _, p := range s.ProcessList.List {
			found[p.PID] = p
		}
		return found
	}
	before := read(now)
	assert.Equal(t, snapshot.Known((up-1)*1e9), before[1].Age)

	// Now the clock is right. Another process starts, at the uptime.
	r.BootTime -= hour
	writeStat(t, root, 51, "young", "S", up*100, 4096, 7)
	first := read(now + second)
	assert.Equal(t, before[1].Start, first[1].Start, "what was emitted stays")
	assert.Equal(t, snapshot.Known(0), first[51].Age)
	hosttest.Write(t, root, "proc/uptime", "864007.00 1.00\n")
	later := read(now + 8*second)
	assert.Equal(t, first[51].Start, later[51].Start)
	assert.Equal(t, snapshot.Known(7e9), later[51].Age)

	// Below lxcfs the uptime is that of a container, and the ticks are those of the host.
	hosttest.Write(t, root, "proc/uptime", "3600.00 1.00\n")
	strange := read(now + 9*second)
	assert.False(t, strange[51].Age.Known, "it is negative")
	assert.Equal(t, first[51].Start, strange[51].Start)
}

// TestFutureStart: a start in the future is the first time that the process was seen, and stays that.
func TestFutureStart(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/stat", "cpu0 1 2 3 4 5 6 7 8\nbtime 1767225600\n")
	writeStat(t, root, 1, "init", "S", 25_920_000, 4096, 7)
	r := open(t, options{root: root}, snapshot.Want{Process: snapshot.ProcessWant{Age: true}})
	var s snapshot.Snapshot
	for _, now := range []int64{1767225700e9, 1767225701e9, 1767225702e9} {
		r.Begin(&s, now)
		require.Empty(t, r.readDomain(snapshot.DomainProcess))
		require.Len(t, s.ProcessList.List, 1)
		assert.Equal(t, int64(1767225700e9), s.ProcessList.List[0].Start)
	}
}

// TestDelayByUptime: a process is listed from its age on, although the boot time is 30 days off.
func TestDelayByUptime(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/stat", "cpu0 1 2 3 4 5 6 7 8\nbtime 1764633300\n")
	hosttest.Write(t, root, "proc/uptime", "300.00 1.00\n")
	writeStat(t, root, 1, "init", "S", 100, 4096, 7)
	writeStat(t, root, 50, "app", "S", 29_000, 4096, 7)
	r := open(t, options{root: root, process: Options{Delay: 60e9}}, snapshot.Want{})
	var s snapshot.Snapshot
	r.Begin(&s, 1767225600e9)
	require.Empty(t, r.readDomain(snapshot.DomainProcess))
	assert.Equal(t, []string{"init"}, namesOf(&s))
}

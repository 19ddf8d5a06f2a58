// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// moments runs a probe over /proc/stat as it was at one moment after the other.
func moments(t *testing.T, stats ...string) []snapshot.CPU {
	t.Helper()
	root := t.TempDir()
	p := open(t, Options{Root: root}, snapshot.Want{CPU: snapshot.CPUWant{Times: true}})
	var cpus []snapshot.CPU
	for _, stat := range stats {
		hosttest.Write(t, root, "proc/stat", stat)
		var s snapshot.Snapshot // A new one each time, for the test keeps it.
		p.Begin(&s, 1)
		for _, fault := range p.Read(t.Context(), snapshot.DomainCPU) {
			require.Contains(t, []string{"steal in line 1 is implausible", "steal is implausible"}, fault.Err.Error())
		}
		cpus = append(cpus, s.CPU)
	}
	return cpus
}

func userOf(cpu *snapshot.CPU) map[int]uint64 {
	user := map[int]uint64{}
	for i := range cpu.Online {
		user[cpu.Online[i].Number] = cpu.Online[i].Times[snapshot.CPUUser].N / source.NanosecondsPerTick
	}
	return user
}

// isKnown reports whether all times are known.
func isKnown(t *snapshot.CPUTimes) bool {
	for _, state := range t {
		if !state.Known {
			return false
		}
	}
	return true
}

func ticks(n uint64) snapshot.Quantity { return snapshot.Known(n * source.NanosecondsPerTick) }

func TestCPUGoesOfflineAndReturns(t *testing.T) {
	const (
		both  = "cpu0 10 0 0 0 0 0 0 0\ncpu1 20 0 0 0 0 0 0 0\n"
		one   = "cpu0 11 0 0 0 0 0 0 0\n"
		again = "cpu0 13 0 0 0 0 0 0 0\ncpu1 21 0 0 0 0 0 0 0\n"
		later = "cpu0 13 0 0 4 0 0 0 0\ncpu1 25 0 0 4 0 0 0 0\n"
	)
	m := moments(t, both, one, one, again, later)

	assert.Equal(t, map[int]uint64{0: 10, 1: 20}, userOf(&m[0]))
	for _, cpu := range m[1:3] {
		assert.Equal(t, map[int]uint64{0: 11}, userOf(&cpu))
		require.Len(t, cpu.Offline, 1)
		assert.Equal(t, 1, cpu.Offline[0].Number)
		assert.Equal(t, ticks(20), cpu.Offline[0].Counted[snapshot.CPUUser], "the last times are remembered")
		assert.True(t, isKnown(&cpu.Online[0].Since), "the others go on")
	}
	assert.Equal(t, map[int]uint64{0: 13, 1: 21}, userOf(&m[3]))
	assert.Empty(t, m[3].Offline)
	assert.True(t, isKnown(&m[3].Online[0].Since))
	assert.Equal(t, snapshot.CPUTimes{}, m[3].Online[1].Since, "when it came online between the two scrapes is unknown")
	assert.True(t, isKnown(&m[4].Online[1].Since))
	assert.Equal(t, ticks(4), m[4].Online[1].Since[snapshot.CPUUser])
	assert.Equal(t, uint64(8*source.NanosecondsPerTick), m[4].Online[1].Since.Total())
}

func TestCounterStepsBack(t *testing.T) {
	m := moments(t,
		"cpu0 10 0 0 1000 500 0 0 0\n",
		"cpu0 11 0 0 1010 499 0 0 0\n", // iowait was estimated too high.
		"cpu0 12 0 0 1020 501 0 0 0\n",
		"cpu0 13 0 0 100 502 0 0 0\n", // idle was reset.
		"cpu0 14 0 0 110 503 0 0 0\n",
	)
	for i, want := range []snapshot.CPUTimes{
		1: {snapshot.CPUUser: ticks(1), snapshot.CPUIdle: ticks(10), snapshot.CPUIOWait: ticks(0)},
		2: {snapshot.CPUUser: ticks(1), snapshot.CPUIdle: ticks(10), snapshot.CPUIOWait: ticks(1)},
		3: {snapshot.CPUUser: ticks(1), snapshot.CPUIOWait: ticks(1)}, // That of idle alone is unknown.
		4: {snapshot.CPUUser: ticks(1), snapshot.CPUIdle: ticks(10), snapshot.CPUIOWait: ticks(1)},
	} {
		if i == 0 {
			assert.Equal(t, snapshot.CPUTimes{}, m[i].Online[0].Since)
			continue
		}
		for _, state := range []snapshot.CPUState{snapshot.CPUUser, snapshot.CPUIdle, snapshot.CPUIOWait} {
			assert.Equal(t, want[state], m[i].Online[0].Since[state], "%d %d", i, state)
		}
	}
	assert.Equal(t, ticks(500), m[1].Online[0].Times[snapshot.CPUIOWait], "held")
	assert.Equal(t, ticks(501), m[2].Online[0].Times[snapshot.CPUIOWait])
	assert.Equal(t, ticks(100), m[3].Online[0].Times[snapshot.CPUIdle], "a reset is passed on")
	assert.Equal(t, m[4].Online[0].Times, m[4].Online[0].Counted, "also to a sum, of one that was online")
}

// TestCounterRunsAway: a state that is implausible, falls again and again, or grows by more than time has passed, is unknown
// alone. A sum over CPUs keeps what was known of it last.
func TestCounterRunsAway(t *testing.T) {
	const steal = snapshot.CPUSteal
	m := moments(t,
		"cpu0 10 0 0 1000 0 0 0 70000\n",
		"cpu0 11 0 0 1010 0 0 0 60000\n",                // It has fallen, as after a reset.
		"cpu0 12 0 0 1020 0 0 0 50000\n",                // Once more: it is no counter.
		"cpu0 13 0 0 1030 0 0 0 43000\n",                //
		"cpu0 14 0 0 1040 0 0 0 43005\n",                // It grows again.
		"cpu0 15 0 0 1050 0 0 0 43006\n",                //
		"cpu0 16 0 0 1060 0 0 0 18446744073709551613\n", //
		"cpu0 17 0 0 1070 0 0 0 43007\n",                // Back as if nothing had been.
		"cpu0 18 0 0 1080 0 0 0 1504706785701\n",        //
		"cpu0 19 0 0 1090 0 0 0 5\n",                    // Back, and far below: still in doubt.
		"cpu0 20 0 0 1100 0 0 0 7\n",                    //
		"cpu0 21 0 0 1110 0 0 0 43234556068\n",          // 13 years in a moment.
		"cpu0 22 0 0 1120 0 0 0 43234556070\n",          //
		"cpu0 23 0 0 1130 0 0 0 43234556071\n",          //
	)
	none := snapshot.Quantity{}
	for i, want := range []struct{ time, since, counted snapshot.Quantity }{
		{ticks(70000), none, ticks(70000)},
		{ticks(60000), none, ticks(60000)},
		{none, none, ticks(60000)},
		{none, none, ticks(60000)},
		{ticks(43005), none, ticks(60005)},
		{ticks(43006), ticks(1), ticks(60006)},
		{none, none, ticks(60006)},
		{ticks(43007), none, ticks(60007)},
		{none, none, ticks(60007)},
		{none, none, ticks(60007)},
		{ticks(7), none, ticks(60009)},
		{none, none, ticks(60009)},
		{ticks(43234556070), none, ticks(60011)},
		{ticks(43234556071), ticks(1), ticks(60012)},
	} {
		cpu := &m[i].Online[0]
		assert.Equal(t, want.time, cpu.Times[steal], "%d", i)
		assert.Equal(t, want.since, cpu.Since[steal], "%d", i)
		assert.Equal(t, want.counted, cpu.Counted[steal], "%d", i)
		assert.Equal(t, ticks(10+uint64(i)), cpu.Times[snapshot.CPUUser])
		if i > 0 {
			assert.Equal(t, ticks(1), cpu.Since[snapshot.CPUUser], "%d", i)
			assert.Equal(t, ticks(10), cpu.Since[snapshot.CPUIdle], "%d", i)
		}
	}

	m = moments(t,
		"cpu0 10 0 0 0 0 0 0 1504706785701\n",
		"cpu0 10 0 0 0 0 0 0 500\n",
		"cpu0 10 0 0 0 0 0 0 510\n",
	)
	assert.Equal(t, none, m[0].Online[0].Counted[steal])
	assert.Equal(t, none, m[1].Online[0].Times[steal])
	assert.Equal(t, ticks(510), m[2].Online[0].Times[steal])
	assert.Equal(t, ticks(10), m[2].Online[0].Counted[steal], "what it had counted while it was unknown is no growth")
}

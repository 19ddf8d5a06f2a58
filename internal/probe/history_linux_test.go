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
		require.Empty(t, p.Read(t.Context(), snapshot.DomainCPU))
		cpus = append(cpus, s.CPU)
	}
	return cpus
}

func userOf(cpus []snapshot.LogicalCPU) map[int]uint64 {
	user := map[int]uint64{}
	for i := range cpus {
		user[cpus[i].Number] = cpus[i].Times.User / source.NanosecondsPerTick
	}
	return user
}

func TestCPUGoesOfflineAndReturns(t *testing.T) {
	const (
		both  = "cpu0 10 0 0 0 0 0 0 0\ncpu1 20 0 0 0 0 0 0 0\n"
		one   = "cpu0 11 0 0 0 0 0 0 0\n"
		again = "cpu0 13 0 0 0 0 0 0 0\ncpu1 21 0 0 0 0 0 0 0\n"
		later = "cpu0 13 0 0 4 0 0 0 0\ncpu1 25 0 0 4 0 0 0 0\n"
	)
	m := moments(t, both, one, one, again, later)

	assert.Equal(t, map[int]uint64{0: 10, 1: 20}, userOf(m[0].Online))
	for _, cpu := range m[1:3] {
		assert.Equal(t, map[int]uint64{0: 11}, userOf(cpu.Online))
		assert.Equal(t, map[int]uint64{1: 20}, userOf(cpu.Offline), "the last times are remembered")
		assert.True(t, cpu.Online[0].SinceKnown, "the others go on")
	}
	assert.Equal(t, map[int]uint64{0: 13, 1: 21}, userOf(m[3].Online))
	assert.Empty(t, m[3].Offline)
	assert.True(t, m[3].Online[0].SinceKnown)
	assert.False(t, m[3].Online[1].SinceKnown, "nobody knows when between the two moments it was online")
	assert.True(t, m[4].Online[1].SinceKnown)
	assert.Equal(t, uint64(4*source.NanosecondsPerTick), m[4].Online[1].Since.User)
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
		{},
		{User: 1, Idle: 10, IOWait: 0},
		{User: 1, Idle: 10, IOWait: 1},
		{},
		{User: 1, Idle: 10, IOWait: 1},
	} {
		cpu := &m[i].Online[0]
		if i == 0 || i == 3 {
			assert.False(t, cpu.SinceKnown, "%d", i)
			continue
		}
		assert.True(t, cpu.SinceKnown, "%d", i)
		assert.Equal(t, want.User*source.NanosecondsPerTick, cpu.Since.User)
		assert.Equal(t, want.Idle*source.NanosecondsPerTick, cpu.Since.Idle)
		assert.Equal(t, want.IOWait*source.NanosecondsPerTick, cpu.Since.IOWait)
	}
	assert.Equal(t, uint64(500*source.NanosecondsPerTick), m[1].Online[0].Times.IOWait, "held")
	assert.Equal(t, uint64(501*source.NanosecondsPerTick), m[2].Online[0].Times.IOWait)
	assert.Equal(t, uint64(100*source.NanosecondsPerTick), m[3].Online[0].Times.Idle, "a reset is passed on")
	assert.Zero(t, m[4].Online[0].Lost, "of one that was online")
}

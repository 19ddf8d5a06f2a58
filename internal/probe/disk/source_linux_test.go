// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package disk

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestDisksThatComeAndGo tells when the counters of each disk began.
func TestDisksThatComeAndGo(t *testing.T) {
	const (
		idle  = " 0 0 0 0 0 0 0 0 0 0 0"
		some  = " 10 0 80 4294967295 10 0 80 4 0 4 8"
		more  = " 20 0 160 7 20 0 160 8 0 8 16"
		other = " 20 0 160 7 9 0 160 8 0 8 16"
	)
	root := t.TempDir()
	p := open(t, root, nil, snapshot.Want{})
	var s snapshot.Snapshot
	for i, step := range []struct {
		what  string
		disks []string
		start map[string]int64
	}{
		{"at first", []string{"sda" + some, "sdb" + some, "sdc" + idle}, map[string]int64{"sda": 0, "sdb": 0}},
		{"one goes on, its time starts again", []string{"sda" + more, "sdb" + some, "sdc" + idle}, map[string]int64{"sda": 0, "sdb": 0}},
		{"one wakes up", []string{"sda" + more, "sdb" + some, "sdc" + some}, map[string]int64{"sda": 0, "sdb": 0, "sdc": 2000}},
		{"one counts anew", []string{"sda" + some, "sdb" + some, "sdc" + more}, map[string]int64{"sda": 3000, "sdb": 0, "sdc": 2000}},
		{"writes alone fall", []string{"sda" + more, "sdb" + some, "sdc" + other}, map[string]int64{"sda": 3000, "sdb": 0, "sdc": 4000}},
		{"another number under the name", []string{"sdb" + some, "sda" + more, "sdc" + more}, map[string]int64{"sda": 5000, "sdb": 5000, "sdc": 4000}},
		{"one is not in the file", []string{"sdb" + some, "sda" + more}, map[string]int64{"sda": 5000, "sdb": 5000}},
		{"it was only skipped", []string{"sdb" + some, "sda" + more, "sdc" + more}, map[string]int64{"sda": 5000, "sdb": 5000, "sdc": 4000}},
		{"one is gone", []string{"sdb" + some, "sda" + more}, map[string]int64{"sda": 5000, "sdb": 5000}},
		{"for good", []string{"sdb" + some, "sda" + more}, map[string]int64{"sda": 5000, "sdb": 5000}},
		{"and another has its name", []string{"sdb" + some, "sda" + more, "sdc" + more}, map[string]int64{"sda": 5000, "sdb": 5000, "sdc": 10000}},
		{"one is there twice", []string{"sdb" + some, "sda" + more, "sdc" + more, "sdb" + more}, map[string]int64{"sda": 5000, "sdb": 5000, "sdc": 10000}},
		{"the other was not it", []string{"sdb" + some, "sda" + more, "sdc" + more}, map[string]int64{"sda": 5000, "sdb": 5000, "sdc": 10000}},
	} {
		t.Run(step.what, func(t *testing.T) {
			diskRoot(t, root, step.disks...)
			require.Empty(t, p.Read(t, &s, int64(i+1)*1000))
			assert.Equal(t, step.start, starts(&s))
			assert.Len(t, s.Disks.Devices, len(step.start), "each name once")
		})
	}
	t.Run("the clock is set back", func(t *testing.T) {
		require.Empty(t, p.Read(t, &s, 500))
		assert.Equal(t, map[string]int64{"sda": 500, "sdb": 500, "sdc": 500}, starts(&s), "nothing begins after now")
		require.Empty(t, p.Read(t, &s, 14000))
		assert.Equal(t, map[string]int64{"sda": 5000, "sdb": 5000, "sdc": 10000}, starts(&s))
	})
	t.Run("the file is missing for a while", func(t *testing.T) {
		hosttest.Remove(t, root, "proc/diskstats")
		for i := range 3 {
			require.Len(t, p.Read(t, &s, int64(15000+i)), 1)
			assert.Empty(t, s.Disks.Devices)
		}
		diskRoot(t, root, "sdb"+some, "sda"+more, "sdc"+more)
		require.Empty(t, p.Read(t, &s, 16000))
		assert.Equal(t, map[string]int64{"sda": 5000, "sdb": 5000, "sdc": 10000}, starts(&s), "a scrape without the file changes none")
	})
	assert.Equal(t, 3, p.Source.(*Source).names.Len(), "names that are gone are forgotten")
	assert.Len(t, p.History.(*History).disks, 3)
}

func TestMalformedDisk(t *testing.T) {
	root := t.TempDir()
	const busy = " 10 0 80 4 10 0 80 4 0 4 8"
	diskRoot(t, root, "sda"+busy, "sdb x", "sd\x1b[31m\xff"+busy)
	p := open(t, root, nil, snapshot.Want{})
	var s snapshot.Snapshot
	faults := p.Read(t, &s, 1)
	require.Len(t, faults, 1)
	assert.Equal(t, source.Malformed, faults[0].Reason)
	assert.EqualError(t, faults[0].Err, "line 2 is malformed")
	assert.Equal(t, map[string]int64{"sda": 0, `sd\x1b[31m\xff`: 0}, starts(&s), "the others are there, with names that can be shown")
	assert.True(t, s.Filled.Has(snapshot.DomainDisk))
}

// TestDiskFilter: the filter is called once for each name.
func TestDiskFilter(t *testing.T) {
	asked := map[string]int{}
	p := open(t, manyDisks(t, 100), func(device string) bool {
		asked[device]++
		return strings.HasSuffix(device, "7")
	}, snapshot.Want{})
	var s snapshot.Snapshot
	for i := range 3 {
		require.Empty(t, p.Read(t, &s, int64(i)))
		assert.Len(t, s.Disks.Devices, 10)
	}
	assert.Len(t, asked, 100)
	assert.Equal(t, 1, asked["disk42"])
	hosttest.NoAllocs(t, func() { p.Read(t, &s, 4) })
}

func BenchmarkDisks(b *testing.B) {
	p := open(b, manyDisks(b, 512), nil, snapshot.Want{})
	var s snapshot.Snapshot
	b.ReportAllocs()
	for b.Loop() {
		p.Read(b, &s, 1)
	}
	require.Len(b, s.Disks.Devices, 512)
	require.LessOrEqual(b, len(s.Disks.Devices), procfs.MaxDisks)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// readDisks takes a snapshot of the disks at a time.
func readDisks(p *reader, s *snapshot.Snapshot, now int64) []source.Fault {
	return readDomain(p, s, now, snapshot.DomainDisk)
}

// diskRoot is a root with disks that have done so much, by name, in the order of the names.
func diskRoot(t testing.TB, root string, disks ...string) {
	t.Helper()
	var text strings.Builder
	for i, disk := range disks {
		fmt.Fprintf(&text, "   8 %7d %s\n", i, disk)
	}
	hosttest.Write(t, root, "proc/diskstats", text.String())
}

func starts(s *snapshot.Snapshot) map[string]int64 {
	all := map[string]int64{}
	for i := range s.Disks.Devices {
		all[s.Disks.Devices[i].Device] = s.Disks.Devices[i].Start
	}
	return all
}

// TestDisksThatComeAndGo tells when the counters of each disk began.
func TestDisksThatComeAndGo(t *testing.T) {
	const (
		idle  = " 0 0 0 0 0 0 0 0 0 0 0"
		some  = " 10 0 80 4294967295 10 0 80 4 0 4 8"
		more  = " 20 0 160 7 20 0 160 8 0 8 16"
		other = " 20 0 160 7 9 0 160 8 0 8 16"
	)
	root := t.TempDir()
	p := open(t, Options{Root: root}, snapshot.Want{})
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
			require.Empty(t, readDisks(p, &s, int64(i+1)*1000))
			assert.Equal(t, step.start, starts(&s))
			assert.Len(t, s.Disks.Devices, len(step.start), "each name once")
		})
	}
	t.Run("the clock is set back", func(t *testing.T) {
		require.Empty(t, readDisks(p, &s, 500))
		assert.Equal(t, map[string]int64{"sda": 500, "sdb": 500, "sdc": 500}, starts(&s), "nothing begins after now")
		require.Empty(t, readDisks(p, &s, 14000))
		assert.Equal(t, map[string]int64{"sda": 5000, "sdb": 5000, "sdc": 10000}, starts(&s))
	})
	t.Run("the file is missing for a while", func(t *testing.T) {
		hosttest.Remove(t, root, "proc/diskstats")
		for i := range 3 {
			require.Len(t, readDisks(p, &s, int64(15000+i)), 1)
			assert.Empty(t, s.Disks.Devices)
		}
		diskRoot(t, root, "sdb"+some, "sda"+more, "sdc"+more)
		require.Empty(t, readDisks(p, &s, 16000))
		assert.Equal(t, map[string]int64{"sda": 5000, "sdb": 5000, "sdc": 10000}, starts(&s), "what nobody could see has not changed")
	})
	native := sourceOf[*diskSource](p)
	assert.Equal(t, 3, native.names.Len(), "names that are gone are forgotten")
	assert.Len(t, p.histories[snapshot.DomainDisk].(*diskHistory).disks, 3)
}

func TestMalformedDisk(t *testing.T) {
	root := t.TempDir()
	const busy = " 10 0 80 4 10 0 80 4 0 4 8"
	diskRoot(t, root, "sda"+busy, "sdb x", "sd\x1b[31m\xff"+busy)
	p := open(t, Options{Root: root}, snapshot.Want{})
	var s snapshot.Snapshot
	faults := readDisks(p, &s, 1)
	require.Len(t, faults, 1)
	assert.Equal(t, source.Malformed, faults[0].Reason)
	assert.EqualError(t, faults[0].Err, "line 2 is malformed")
	assert.Equal(t, map[string]int64{"sda": 0, `sd\x1b[31m\xff`: 0}, starts(&s), "the others are there, with names that can be shown")
	assert.True(t, s.Filled.Has(snapshot.DomainDisk))
}

// TestDiskFilter asks the filter once for each name, with both backends.
func TestDiskFilter(t *testing.T) {
	root := manyDisks(t, 100)
	for _, backend := range []Backend{BackendNative, BackendPortable} {
		t.Run(string(backend), func(t *testing.T) {
			asked := map[string]int{}
			p := open(t, Options{Root: root, Backend: backend, DiskFilter: func(device string) bool {
				asked[device]++
				return strings.HasSuffix(device, "7")
			}}, snapshot.Want{})
			var s snapshot.Snapshot
			for i := range 3 {
				require.Empty(t, readDisks(p, &s, int64(i)))
				assert.Len(t, s.Disks.Devices, 10)
			}
			assert.Len(t, asked, 100)
			if backend == BackendNative {
				assert.Equal(t, 1, asked["disk42"])
				hosttest.NoAllocs(t, func() { readDisks(p, &s, 4) })
			}
		})
	}
}

// TestDiskTwins reads the same disks with both backends.
func TestDiskTwins(t *testing.T) {
	for _, moment := range []string{"t0", "t1"} {
		root := hosttest.Unpack(t, "generated-storage", moment)
		var s [2]snapshot.Snapshot
		for i, backend := range []Backend{BackendNative, BackendPortable} {
			require.Empty(t, readDisks(open(t, Options{Root: root, Backend: backend}, snapshot.Want{}), &s[i], 1))
			untold(&s[i])
		}
		assert.Greater(t, len(s[0].Disks.Devices), 15)
		assert.Equal(t, s[0].Disks, s[1].Disks)
	}
}

// manyDisks is a root with n disks, disk0 and so on.
func manyDisks(t testing.TB, n int) (root string) {
	t.Helper()
	root = t.TempDir()
	disks := make([]string, n)
	for i := range disks {
		disks[i] = fmt.Sprintf("disk%d %d 2 3 4 5 6 7 8 0 10 11 0 0 0 0 0 0", i, 1+i)
	}
	diskRoot(t, root, disks...)
	return root
}

func BenchmarkDisks(b *testing.B) {
	p := open(b, Options{Root: manyDisks(b, 512)}, snapshot.Want{})
	var s snapshot.Snapshot
	b.ReportAllocs()
	for b.Loop() {
		readDisks(p, &s, 1)
	}
	require.Len(b, s.Disks.Devices, 512)
	require.LessOrEqual(b, len(s.Disks.Devices), procfs.MaxDisks)
}

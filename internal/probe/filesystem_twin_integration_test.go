// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package probe

import (
	"math"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/hosttest/mutefs"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestPortableStatfsOfFUSE: negative numbers are 0, and impossible numbers are omitted, through gopsutil too. It multiplies
// sizes without looking for an overflow.
func TestPortableStatfsOfFUSE(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	const below = math.MaxUint64 // minus 1
	usage := func(used, free, reserved uint64) snapshot.MountUsage {
		return snapshot.MountUsage{Known: true, Used: used * 4096, Free: free * 4096, Reserved: reserved * 4096}
	}
	inodes := snapshot.MountInodes{Known: true, Used: 500, Free: 500}
	want := snapshot.Want{Filesystem: snapshot.FilesystemWant{Usage: true, Inodes: true}}
	for name, tt := range map[string]struct {
		statfs fuse.StatfsOut
		usage  snapshot.MountUsage
		inodes snapshot.MountInodes
		faults int
	}{
		"over":    {fuse.StatfsOut{Blocks: 1e6, Bfree: below - 4, Bavail: below - 4, Files: 1000, Ffree: 500}, usage(1e6, 0, 0), inodes, 0},
		"reserve": {fuse.StatfsOut{Blocks: 1e6, Bfree: 50000, Bavail: below - 1999, Files: 1000, Ffree: 500}, usage(950000, 0, 50000), inodes, 0},
		"inodes":  {fuse.StatfsOut{Blocks: 1e6, Bfree: 5, Bavail: 4, Files: 1 << 63, Ffree: 1 << 62}, usage(1e6-5, 4, 1), snapshot.MountInodes{}, 1},
	} {
		tt.statfs.Bsize, tt.statfs.Frsize = 4096, 4096
		at := mutefs.Statfs(t, &tt.statfs).Mounts[0]
		o := Options{VirtualFilesystems: true, Backend: BackendPortable, MountFilter: func(_, _, path string) bool { return path == at }}
		var s snapshot.Snapshot
		faults := readDomain(open(t, o, want), &s, 1, snapshot.DomainFilesystem)
		require.Len(t, s.Filesystem.Mounts, 1, name)
		assert.Equal(t, tt.usage, s.Filesystem.Mounts[0].Usage, name)
		assert.Equal(t, tt.inodes, s.Filesystem.Mounts[0].Inodes, name)
		if assert.Len(t, faults, tt.faults, name) && tt.faults > 0 {
			assert.Equal(t, source.Malformed, faults[0].Reason)
			assert.ErrorIs(t, faults[0].Err, source.ErrImpossible)
		}
	}
}

// TestPortableHungMount: a mount that hangs is reported by the portable backend too, and still is when it has recovered.
func TestPortableHungMount(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	server := mutefs.Mount(t, 1)
	at := server.Mounts[0]
	p := open(t, Options{
		VirtualFilesystems: true, Backend: BackendPortable, CallTimeout: 50 * time.Millisecond,
		MountFilter: func(_, _, path string) bool { return path == at },
	}, snapshot.Want{Filesystem: snapshot.FilesystemWant{Hung: true}})
	var s snapshot.Snapshot
	read := func() []snapshot.HungMount {
		readDomain(p, &s, 1, snapshot.DomainFilesystem)
		return s.Filesystem.Hung
	}
	for range 2 {
		hung := read()
		require.Len(t, hung, 1)
		assert.True(t, hung[0].Stuck)
		assert.Equal(t, at, hung[0].Mount.MountPoint)
		assert.EqualValues(t, 1, s.Filesystem.Stuck)
		assert.Empty(t, s.Filesystem.Mounts)
	}
	server.Answer(t)
	require.Eventually(t, func() bool { hung := read(); return len(hung) == 1 && !hung[0].Stuck }, 5*time.Second, 10*time.Millisecond)
}

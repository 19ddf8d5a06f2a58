// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestMountsOfThisHost compares every mount of this host, virtual ones too, with statfs(2) by path.
func TestMountsOfThisHost(t *testing.T) {
	p := open(t, source.Options{}, Options{Virtual: true})
	var s snapshot.Snapshot
	assert.Empty(t, takeMounts(p, &s))
	require.NotEmpty(t, s.Filesystem.Mounts)
	assert.Zero(t, s.Filesystem.Stuck)
	proc := 0
	for _, m := range s.Filesystem.Mounts {
		var k unix.Statfs_t
		require.NoError(t, unix.Statfs(m.MountPoint, &k))
		assert.True(t, m.Usage.Known)
		assert.Equal(t, k.Files != 0, m.Inodes.Known, "%s: 0 is no number of inodes", m.MountPoint)
		assert.Equal(t, k.Blocks*uint64(k.Frsize), m.Usage.Used+m.Usage.Free+m.Usage.Reserved, m.MountPoint)
		assert.Equal(t, k.Files, m.Inodes.Used+m.Inodes.Free, m.MountPoint)
		assert.Contains(t, []string{"rw", "ro"}, m.Mode)
		if m.MountPoint == "/proc" {
			proc++
			assert.Equal(t, "proc", m.Type)
		}
	}
	assert.Equal(t, 1, proc)
}

// TestMountsNoAllocs: the steady state allocates nothing, neither with statfs nor for the list alone.
func TestMountsNoAllocs(t *testing.T) {
	p := open(t, source.Options{}, Options{Virtual: true})
	var s snapshot.Snapshot
	hosttest.NoAllocs(t, func() { takeMounts(p, &s) })
	require.NotEmpty(t, s.Filesystem.Mounts)
	assert.True(t, s.Filesystem.Mounts[0].Usage.Known)

	p.Want = snapshot.Want{Filesystem: snapshot.FilesystemWant{List: true}}
	hosttest.NoAllocs(t, func() { takeMounts(p, &s) })
	require.NotEmpty(t, s.Filesystem.Mounts)
	assert.False(t, s.Filesystem.Mounts[0].Usage.Known)
}

// mountedRoot returns a root of plain files with two mounts, whose mount points exist.
func mountedRoot(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	hosttest.Write(t, root, "proc/filesystems", "\text4\n")
	hosttest.Write(t, root, "proc/1/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /home rw - ext4 /dev/sda2 rw\n")
	require.NoError(t, os.Mkdir(root+"/home", 0o755))
	return root
}

// TestMountFaults: a malformed line costs its own mount, and is reported.
func TestMountFaults(t *testing.T) {
	t.Parallel()
	root := mountedRoot(t)
	p := openRoot(t, root)
	var s snapshot.Snapshot
	assert.Empty(t, takeMounts(p, &s))
	assert.Len(t, s.Filesystem.Mounts, 2)

	hosttest.Edit(t, root, "proc/1/mountinfo", "2 1", "two lines\n2 1")
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "proc/1/mountinfo", Reason: source.Malformed, Err: &scan.LineError{First: 2, Count: 1}}}, takeMounts(p, &s))
	assert.Len(t, s.Filesystem.Mounts, 2, "the other lines are used")

	hosttest.Edit(t, root, "proc/1/mountinfo", "two lines\n", "")
	hosttest.Edit(t, root, "proc/filesystems", "\text4", "ext4\n\text4")
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "proc/filesystems", Reason: source.Malformed, Err: &scan.LineError{First: 1, Count: 1}}}, takeMounts(p, &s))
	assert.Len(t, s.Filesystem.Mounts, 2)

	hosttest.Edit(t, root, "proc/filesystems", "ext4\n\text4", "\text4")
	hosttest.Write(t, root, "proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n")
	hosttest.Remove(t, root, "proc/1/mountinfo")
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "proc/1/mountinfo", Reason: source.Unavailable, Err: unix.ENOENT}}, takeMounts(p, &s),
		"the collector's own mounts do not replace the host's silently")
	assert.Len(t, s.Filesystem.Mounts, 1)
}

// TestMissingMountPoint has a mount, between others, whose mount point does not exist for the collector.
func TestMissingMountPoint(t *testing.T) {
	t.Parallel()
	root := mountedRoot(t)
	hosttest.Edit(t, root, "proc/1/mountinfo", "/home", "/else")
	var s snapshot.Snapshot
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "mount /else", Reason: source.Unavailable, Err: unix.ENOENT}},
		takeMounts(openRoot(t, root), &s))
	require.Len(t, s.Filesystem.Mounts, 1)
	assert.Equal(t, "/", s.Filesystem.Mounts[0].MountPoint)
}

// TestImpossibleNumbers: the fields of statfs(2) are unsigned, and below zero over quota or below the reserve: that is 0. Numbers
// that cannot be are omitted, each on its own, and so are inodes where a file system has no number of them.
func TestImpossibleNumbers(t *testing.T) {
	t.Parallel()
	const below = math.MaxUint64 // And 1: minus 1.
	usage := func(used, free, reserved uint64) snapshot.MountUsage {
		return snapshot.MountUsage{Known: true, Used: used * 4096, Free: free * 4096, Reserved: reserved * 4096}
	}
	inodes := snapshot.MountInodes{Known: true, Used: 400, Free: 600}
	for name, tt := range map[string]struct {
		blocks, free, available, files, filesFree uint64

		usage  snapshot.MountUsage
		inodes snapshot.MountInodes
		err    error
	}{
		"over quota":      {1e6, below - 4, below - 4, 1000, 600, usage(1e6, 0, 0), inodes, nil},
		"in the reserve":  {1e6, 50_000, below - 1999, 1000, 600, usage(950_000, 0, 50_000), inodes, nil},
		"btrfs, vfat":     {1e6, 50_000, 40_000, 0, 0, usage(950_000, 40_000, 10_000), snapshot.MountInodes{}, nil},
		"more free":       {10, 20, 5, 1000, 600, snapshot.MountUsage{}, inodes, errImpossibleUsage},
		"too large":       {1 << 62, 1, 1, 1000, 600, snapshot.MountUsage{}, inodes, errImpossibleUsage},
		"2^63 inodes":     {1e6, 50_000, 40_000, 1 << 63, 5, usage(950_000, 40_000, 10_000), snapshot.MountInodes{}, errImpossibleInodes},
		"more inodes":     {1e6, 50_000, 40_000, 5, 7, usage(950_000, 40_000, 10_000), snapshot.MountInodes{}, errImpossibleInodes},
		"nothing at all":  {0, 0, 0, 0, 0, usage(0, 0, 0), snapshot.MountInodes{}, nil},
		"all impossible":  {10, 20, 5, 5, 7, snapshot.MountUsage{}, snapshot.MountInodes{}, errImpossibleStatfs},
		"inodes below":    {1e6, 50_000, 40_000, 1000, below, usage(950_000, 40_000, 10_000), snapshot.MountInodes{Known: true, Used: 1000}, nil},
		"more for others": {1e6, 50_000, 60_000, 1000, 600, usage(950_000, 50_000, 0), inodes, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var m mount
			m.statfs.BlockSize, m.statfs.Blocks, m.statfs.BlocksFree, m.statfs.BlocksAvailable = 4096, tt.blocks, tt.free, tt.available
			m.statfs.Files, m.statfs.FilesFree = tt.files, tt.filesFree
			var s snapshot.Mount
			assert.Equal(t, tt.err, m.fill(&s, &mountNumbers.Filesystem))
			assert.Equal(t, tt.usage, s.Usage)
			assert.Equal(t, tt.inodes, s.Inodes)
		})
	}
}

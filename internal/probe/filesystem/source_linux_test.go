// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"math"
	"math/bits"
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
		assert.True(t, m.Usage.Known && m.Inodes.Known)
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

// TestImpossibleNumbers: a FUSE server may return any numbers.
func TestImpossibleNumbers(t *testing.T) {
	t.Parallel()
	var m mount
	m.statfs.BlockSize, m.statfs.Blocks, m.statfs.BlocksFree, m.statfs.BlocksAvailable = 4096, 10, 20, 1<<63
	m.statfs.Files, m.statfs.FilesFree = 5, 7
	var s snapshot.Mount
	m.fill(&s, &mountNumbers.Filesystem)
	assert.Equal(t, snapshot.MountUsage{Known: true, Free: 10 * 4096}, s.Usage)
	assert.Equal(t, snapshot.MountInodes{Known: true, Free: 7}, s.Inodes)
	for _, free := range []uint64{0, 1, 1 << 61, 1<<62 - 1} {
		m.statfs.Blocks, m.statfs.BlocksFree, m.statfs.BlocksAvailable = 1<<62, free, free/2
		m.fill(&s, &snapshot.FilesystemWant{Usage: true})
		u := s.Usage
		total, carry := bits.Add64(u.Used+u.Free, u.Reserved, 0)
		assert.Zero(t, carry)
		assert.Equal(t, uint64(math.MaxInt64/4096*4096), total, "it fits a document, and utilization is relative to it")
		assert.NotZero(t, u.Used, "nearly all, or one block")
	}
	assert.Equal(t, uint64(4096), s.Usage.Used)
}

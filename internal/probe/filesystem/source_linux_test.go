// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"math"
	"math/bits"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

var mountNumbers = snapshot.Want{Filesystem: snapshot.FilesystemWant{Usage: true, Inodes: true}}

// takeMounts fills s with the mounts.
func takeMounts(p *reader, s *snapshot.Snapshot) []source.Fault {
	return readDomain(p, s, time.Now().UnixNano(), snapshot.DomainFilesystem)
}

// TestMountsOfThisHost holds every mount of this host, virtual ones too, to what the kernel says when it is asked for each.
func TestMountsOfThisHost(t *testing.T) {
	p := open(t, Options{VirtualFilesystems: true}, mountNumbers)
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

// TestTwinsAgree reads this host through both backends.
func TestTwinsAgree(t *testing.T) {
	for _, virtual := range []bool{false, true} {
		var native, portable snapshot.Snapshot
		o := Options{VirtualFilesystems: virtual}
		assert.Empty(t, takeMounts(open(t, o, mountNumbers), &native))
		o.Backend = BackendPortable
		assert.Empty(t, takeMounts(open(t, o, mountNumbers), &portable))
		byPath := map[string]snapshot.Mount{}
		for _, m := range native.Filesystem.Mounts {
			byPath[m.MountPoint] = m
		}
		listed := map[string]bool{}
		for _, m := range portable.Filesystem.Mounts {
			n, ok := byPath[m.MountPoint]
			assert.True(t, ok, m.MountPoint)
			listed[m.MountPoint] = true
			if n.Device != m.Device || n.Type != m.Type {
				continue // gopsutil lists what is covered too, with the numbers of what covers it.
			}
			assert.Equal(t, n.Mode, m.Mode, m.MountPoint)
			total := func(m *snapshot.Mount) uint64 { return m.Usage.Used + m.Usage.Free + m.Usage.Reserved }
			assert.Equal(t, total(&n), total(&m), m.MountPoint)
			assert.InDelta(t, n.Usage.Used, m.Usage.Used, 1<<30)
		}
		assert.Len(t, listed, len(byPath))
	}
}

// mountedRoot is a root of plain files with a mount on a directory that is there, and one on none.
func mountedRoot(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	hosttest.Write(t, root, "proc/filesystems", "\text4\n")
	hosttest.Write(t, root, "proc/1/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /home rw - ext4 /dev/sda2 rw\n")
	require.NoError(t, os.Mkdir(root+"/home", 0o755))
	return root
}

func TestMountFaults(t *testing.T) {
	root := mountedRoot(t)
	p := open(t, Options{Root: root}, mountNumbers)
	var s snapshot.Snapshot
	assert.Empty(t, takeMounts(p, &s))
	assert.Len(t, s.Filesystem.Mounts, 2)

	hosttest.Edit(t, root, "proc/1/mountinfo", "2 1", "two lines\n2 1")
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "proc/1/mountinfo", Reason: source.Malformed, Err: &scan.LineError{First: 2, Count: 1}}}, takeMounts(p, &s))
	assert.Len(t, s.Filesystem.Mounts, 2, "the others are kept")

	hosttest.Edit(t, root, "proc/1/mountinfo", "two lines\n", "")
	hosttest.Edit(t, root, "proc/filesystems", "\text4", "ext4\n\text4")
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "proc/filesystems", Reason: source.Malformed, Err: &scan.LineError{First: 1, Count: 1}}}, takeMounts(p, &s))
	assert.Len(t, s.Filesystem.Mounts, 2)

	hosttest.Edit(t, root, "proc/filesystems", "ext4\n\text4", "\text4")
	hosttest.Write(t, root, "proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n")
	hosttest.Remove(t, root, "proc/1/mountinfo")
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "proc/1/mountinfo", Reason: source.Unavailable, Err: unix.ENOENT}}, takeMounts(p, &s),
		"that our own mounts stand for the host's is not done silently")
	assert.Len(t, s.Filesystem.Mounts, 1)
}

// TestMountThatIsNotThere has a mount on a path that leads nowhere for us, between others.
func TestMountThatIsNotThere(t *testing.T) {
	root := mountedRoot(t)
	hosttest.Edit(t, root, "proc/1/mountinfo", "/home", "/else")
	var s snapshot.Snapshot
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "mount /else", Reason: source.Unavailable, Err: unix.ENOENT}},
		takeMounts(open(t, Options{Root: root}, mountNumbers), &s))
	require.Len(t, s.Filesystem.Mounts, 1)
	assert.Equal(t, "/", s.Filesystem.Mounts[0].MountPoint)
}

// TestNumbersThatCannotBe are those of a server of FUSE that says what it likes.
func TestNumbersThatCannotBe(t *testing.T) {
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
		assert.Equal(t, uint64(math.MaxInt64/4096*4096), total, "documents tell it, and percentages are of it")
		assert.NotZero(t, u.Used, "most of it, or one block")
	}
	assert.Equal(t, uint64(4096), s.Usage.Used)
}

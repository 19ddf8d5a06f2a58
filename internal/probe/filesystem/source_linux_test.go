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
	"github.com/superviz-io/hostprobe/internal/pseudofs"
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
	hosttest.Write(t, root, "proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / "+root+" rw - ext4 /dev/sda2 rw\n"+
		"3 2 8:3 / "+root+"/home rw - ext4 /dev/sda3 rw\n4 1 8:4 / /data rw - ext4 /dev/sda4 rw\n")
	hosttest.Remove(t, root, "proc/1/mountinfo")
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "proc/1/mountinfo", Reason: source.Unavailable, Err: unix.ENOENT}}, takeMounts(p, &s),
		"the collector's own mounts do not replace the host's silently, and those that are not the host's are omitted")
	require.Len(t, s.Filesystem.Mounts, 2)
	assert.Equal(t, "/", s.Filesystem.Mounts[0].MountPoint)
	assert.Equal(t, "/home", s.Filesystem.Mounts[1].MountPoint)
}

// TestMountsOfFiles: a mount of a single file, like those of the host's disk in a container, is not a filesystem. One of a
// directory is.
func TestMountsOfFiles(t *testing.T) {
	t.Parallel()
	root := mountedRoot(t)
	hosttest.Write(t, root, "etc/hosts", "")
	hosttest.Write(t, root, "proc/1/mountinfo", "1 0 0:50 / / rw - overlay overlay rw\n2 1 8:1 /containers/x/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n"+
		"3 1 8:1 /volumes/y /home rw - ext4 /dev/sda1 rw\n")
	var s snapshot.Snapshot
	p := openRoot(t, root)
	assert.Empty(t, takeMounts(p, &s))
	require.Len(t, s.Filesystem.Mounts, 1)
	assert.Equal(t, "/home", s.Filesystem.Mounts[0].MountPoint)
	p = open(t, source.Options{Root: root}, Options{Virtual: true})
	assert.Empty(t, takeMounts(p, &s))
	assert.Len(t, s.Filesystem.Mounts, 3)
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

// TestStatfsNumbers has numbers that FUSE servers, network filesystems and quotas are known to return.
func TestStatfsNumbers(t *testing.T) {
	t.Parallel()
	const below = math.MaxUint64 // minus 1
	usage := func(used, free, reserved uint64) snapshot.MountUsage {
		return snapshot.MountUsage{Known: true, Used: used * 4096, Free: free * 4096, Reserved: reserved * 4096}
	}
	inodes := func(used, free uint64) snapshot.MountInodes {
		return snapshot.MountInodes{Known: true, Used: used, Free: free}
	}
	var unknown snapshot.MountUsage
	var noInodes snapshot.MountInodes
	for name, tt := range map[string]struct {
		statfs pseudofs.Statfs
		usage  snapshot.MountUsage
		inodes snapshot.MountInodes
		err    error
	}{
		"plain":                        {pseudofs.Statfs{Blocks: 10, BlocksFree: 4, BlocksAvailable: 3, Files: 9, FilesFree: 5}, usage(6, 3, 1), inodes(4, 5), nil},
		"over quota":                   {pseudofs.Statfs{Blocks: 1e6, BlocksFree: below - 4, BlocksAvailable: below - 4, Files: 1000, FilesFree: 500}, usage(1e6, 0, 0), inodes(500, 500), nil},
		"into the reserve":             {pseudofs.Statfs{Blocks: 1e6, BlocksFree: 50000, BlocksAvailable: below - 1999, Files: 1000, FilesFree: 500}, usage(950000, 0, 50000), inodes(500, 500), nil},
		"just below zero":              {pseudofs.Statfs{Blocks: 10, BlocksFree: 1 << 63, BlocksAvailable: below, Files: 9, FilesFree: 5}, usage(10, 0, 0), inodes(4, 5), nil},
		"more available than free":     {pseudofs.Statfs{Blocks: 10, BlocksFree: 4, BlocksAvailable: 7, Files: 9, FilesFree: 5}, usage(6, 4, 0), inodes(4, 5), nil},
		"no block, as procfs":          {pseudofs.Statfs{Files: 9, FilesFree: 5}, usage(0, 0, 0), inodes(4, 5), nil},
		"inodes as needed, as btrfs":   {pseudofs.Statfs{Blocks: 10, BlocksFree: 4, BlocksAvailable: 3}, usage(6, 3, 1), noInodes, nil},
		"inodes below zero free":       {pseudofs.Statfs{Blocks: 10, BlocksFree: 4, BlocksAvailable: 3, Files: 9, FilesFree: below}, usage(6, 3, 1), inodes(9, 0), nil},
		"more free than there is":      {pseudofs.Statfs{Blocks: 10, BlocksFree: 11, BlocksAvailable: 3, Files: 9, FilesFree: 5}, unknown, inodes(4, 5), errImpossibleUsage},
		"more available than there is": {pseudofs.Statfs{Blocks: 10, BlocksFree: 4, BlocksAvailable: 11, Files: 9, FilesFree: 5}, unknown, inodes(4, 5), errImpossibleUsage},
		"a size below zero":            {pseudofs.Statfs{Blocks: below, BlocksFree: 4, BlocksAvailable: 3, Files: 9, FilesFree: 5}, unknown, inodes(4, 5), errImpossibleUsage},
		"free of nothing":              {pseudofs.Statfs{BlocksFree: 4, BlocksAvailable: 3, Files: 9, FilesFree: 5}, unknown, inodes(4, 5), errImpossibleUsage},
		"2^63 bytes":                   {pseudofs.Statfs{Blocks: 1 << 51, BlocksFree: 4, BlocksAvailable: 3, Files: 9, FilesFree: 5}, unknown, inodes(4, 5), errImpossibleUsage},
		"a block less":                 {pseudofs.Statfs{Blocks: 1<<51 - 1, BlocksFree: 4, BlocksAvailable: 3, Files: 9, FilesFree: 5}, usage(1<<51-5, 3, 1), inodes(4, 5), nil},
		"2^63 inodes":                  {pseudofs.Statfs{Blocks: 10, BlocksFree: 4, BlocksAvailable: 3, Files: 1 << 63, FilesFree: 1<<63 - 1}, usage(6, 3, 1), noInodes, errImpossibleInodes},
		"more inodes free than any":    {pseudofs.Statfs{Blocks: 10, BlocksFree: 4, BlocksAvailable: 3, Files: 5, FilesFree: 7}, usage(6, 3, 1), noInodes, errImpossibleInodes},
		"all impossible":               {pseudofs.Statfs{Blocks: 10, BlocksFree: 20, Files: 1 << 63}, unknown, noInodes, errImpossibleStatfs},
	} {
		t.Run(name, func(t *testing.T) {
			m := mount{statfs: tt.statfs}
			m.statfs.BlockSize = 4096
			var s snapshot.Mount
			assert.Equal(t, tt.err, m.fill(&s, &mountNumbers.Filesystem))
			assert.Equal(t, snapshot.Mount{Usage: tt.usage, Inodes: tt.inodes}, s)
			if tt.err != nil {
				assert.Equal(t, source.Malformed, source.ReasonOf(tt.err))
			}
			s = snapshot.Mount{}
			assert.Equal(t, tt.usage.Known, m.fill(&s, &snapshot.FilesystemWant{Usage: true}) == nil, "what is not wanted is no fault")
			assert.Zero(t, s.Inodes)
		})
	}
	m := mount{statfs: pseudofs.Statfs{Blocks: 10, BlocksFree: 4}}
	var s snapshot.Mount
	assert.Equal(t, errImpossibleUsage, m.fill(&s, &snapshot.FilesystemWant{Usage: true}), "blocks of no size")
	assert.Zero(t, s.Usage)
}

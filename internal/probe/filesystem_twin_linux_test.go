// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestFilesystemTwins reads the mounts of this host with both backends.
func TestFilesystemTwins(t *testing.T) {
	want := snapshot.Want{Filesystem: snapshot.FilesystemWant{Usage: true, Inodes: true}}
	for _, virtual := range []bool{false, true} {
		var native, portable snapshot.Snapshot
		o := Options{VirtualFilesystems: virtual}
		assert.Empty(t, readDomain(open(t, o, want), &native, 1, snapshot.DomainFilesystem))
		o.Backend = BackendPortable
		assert.Empty(t, readDomain(open(t, o, want), &portable, 1, snapshot.DomainFilesystem))
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
				continue // gopsutil lists covered mounts too, with the numbers of the one that covers them.
			}
			assert.Equal(t, n.Mode, m.Mode, m.MountPoint)
			total := func(m *snapshot.Mount) uint64 { return m.Usage.Used + m.Usage.Free + m.Usage.Reserved }
			assert.Equal(t, total(&n), total(&m), m.MountPoint)
			assert.InDelta(t, n.Usage.Used, m.Usage.Used, 1<<30)
		}
		assert.Len(t, listed, len(byPath))
	}
}

// TestPortableMountsBelowARoot: where the host's mounts cannot be read, those of the collector below the root replace them.
func TestPortableMountsBelowARoot(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Mkdir(root+"/home", 0o755))
	hosttest.Write(t, root, "proc/filesystems", "\text4\n")
	hosttest.Write(t, root, "proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / "+root+" rw - ext4 /dev/sda2 rw\n"+
		"3 2 8:3 / "+root+"/home rw - ext4 /dev/sda3 rw\n4 1 8:4 / /data rw - ext4 /dev/sda4 rw\n")
	want := snapshot.Want{Filesystem: snapshot.FilesystemWant{Usage: true, Inodes: true}}
	var s snapshot.Snapshot
	readDomain(open(t, Options{Root: root, Backend: BackendPortable}, want), &s, 1, snapshot.DomainFilesystem)
	require.Len(t, s.Filesystem.Mounts, 2)
	assert.Equal(t, "/", s.Filesystem.Mounts[0].MountPoint)
	assert.Equal(t, "/home", s.Filesystem.Mounts[1].MountPoint)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestStatfs holds what is found below the root, on both ways to it, against the kernel's own answers.
func TestStatfs(t *testing.T) {
	root := hostile(t)
	for _, walk := range []bool{false, true} {
		for name, tt := range map[string]struct {
			directory bool
			err       error
		}{
			"/":             {true, nil},
			"":              {true, nil},
			"etc":           {true, nil},
			"/etc/hostname": {false, nil},
			"absolute":      {false, nil},
			"fifo":          {false, nil}, // Nothing of it is opened.
			"out":           {false, unix.ENOENT},
			"missing":       {false, unix.ENOENT},
			"loop":          {false, unix.ELOOP},
		} {
			fs := openFS(t, root)
			fs.walk = walk
			var s Statfs
			err := fs.Statfs(NewMountPoint([]byte(name)), &s)
			assert.ErrorIs(t, err, tt.err, "%q, walk %v", name, walk)
			if err != nil {
				continue
			}
			var stat unix.Stat_t
			var k unix.Statfs_t
			require.NoError(t, unix.Stat(root, &stat))
			require.NoError(t, unix.Statfs(root, &k))
			assert.Equal(t, tt.directory, s.Directory, "%q, walk %v", name, walk)
			assert.Equal(t, stat.Dev, unix.Mkdev(s.Major, s.Minor), "%q, walk %v", name, walk)
			assert.Equal(t, k.Blocks*uint64(k.Frsize), s.Blocks*s.BlockSize)
			assert.Equal(t, k.Files, s.Files)
			assert.LessOrEqual(t, s.BlocksAvailable, s.BlocksFree)
			assert.LessOrEqual(t, s.BlocksFree, s.Blocks)
			assert.Equal(t, k.Flags&unix.ST_RDONLY != 0, s.ReadOnly)
		}
	}
}

func TestStatfsAllocatesNothing(t *testing.T) {
	fs := openFS(t, "")
	at := NewMountPoint([]byte("/proc"))
	var s Statfs
	hosttest.NoAllocs(t, func() { assert.NoError(t, fs.Statfs(at, &s)) })
}

func TestReadlink(t *testing.T) {
	root := hostile(t)
	for _, walk := range []bool{false, true} {
		fs := openFS(t, root)
		fs.walk = walk
		for name, want := range map[string]string{
			"relative": "etc/hostname", "/absolute": "/etc/hostname", "dir/up": "../etc/../etc/hostname", "loop": "loop",
		} {
			target, err := fs.Readlink(name)
			assert.NoError(t, err, name)
			assert.Equal(t, want, target, name)
		}
		_, err := fs.Readlink("etc/hostname")
		assert.ErrorIs(t, err, unix.EINVAL)
		_, err = fs.Readlink("etc/missing")
		assert.ErrorIs(t, err, unix.ENOENT)
		_, err = fs.Readlink("missing/link")
		assert.ErrorIs(t, err, unix.ENOENT)
	}
}

// TestMountHolds: what lies on the file system of its directory is known without opening it, on both ways to it.
func TestMountHolds(t *testing.T) {
	plain := t.TempDir()
	hosttest.Write(t, plain, "proc/stat", "")
	for _, walk := range []bool{false, true} {
		for _, tt := range []struct {
			root, name string
			want       bool
		}{
			{"", "proc/stat", true},
			{"", "proc/self/net/dev", true},
			{"", "proc/sys/kernel/pid_max", true},
			{"", "proc/none", true}, // It would lie there.
			{"", "sys/class/net", true},
			{plain, "proc/stat", true},
			{plain, "proc/none/stat", true},
		} {
			fs := openFS(t, tt.root)
			fs.walk = walk
			dir, _, _ := strings.Cut(tt.name, "/")
			m, err := fs.MountOf(dir)
			require.NoError(t, err)
			assert.Equal(t, tt.want, m.Holds(fs, tt.name), "%v, walk %v", tt, walk)
			assert.False(t, m.Holds(fs, "other/stat"), "of another directory")
		}
	}
	_, err := openFS(t, plain).MountOf("none")
	assert.ErrorIs(t, err, unix.ENOENT)
}

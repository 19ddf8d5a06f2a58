// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func openFS(t testing.TB, root string) *FS {
	t.Helper()
	fs, err := OpenFS(root)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, fs.Close()) })
	return fs
}

// hostile is a root that tries to lead a reader out of it, to block it or to drown it.
func hostile(t *testing.T) (root string) {
	t.Helper()
	outside := t.TempDir()
	hosttest.Write(t, outside, "secret", "outside")
	root = filepath.Join(outside, "root")
	hosttest.Write(t, root, "etc/hostname", "inside")
	hosttest.Write(t, root, "etc/empty", "")
	hosttest.Link(t, root, "relative", "etc/hostname")
	hosttest.Link(t, root, "absolute", "/etc/hostname")
	hosttest.Link(t, root, "etc/up", "../etc/../etc/hostname")
	hosttest.Link(t, root, "dir", "/etc")
	hosttest.Link(t, root, "out", outside+"/secret")
	hosttest.Link(t, root, "out-relative", "../secret")
	hosttest.Link(t, root, "loop", "loop")
	hosttest.Link(t, root, "dangling", "nowhere")
	require.NoError(t, unix.Mkfifo(filepath.Join(root, "fifo"), 0o600))
	hosttest.Write(t, root, "huge", "")
	require.NoError(t, os.Truncate(filepath.Join(root, "huge"), 1<<30))
	return root
}

// TestRoot holds openat2 and the walk, which replaces it where it is missing, to the same table.
func TestRoot(t *testing.T) {
	root := hostile(t)
	for _, walk := range []bool{false, true} {
		for name, tt := range map[string]struct {
			text string
			err  error
		}{
			"etc/hostname":          {"inside", nil},
			"/etc/hostname":         {"inside", nil},
			"./etc/./hostname":      {"inside", nil},
			"etc/empty":             {"", nil},
			"relative":              {"inside", nil},
			"absolute":              {"inside", nil},
			"etc/up":                {"inside", nil},
			"dir/hostname":          {"inside", nil},
			"etc/../etc/hostname":   {"inside", nil},
			"../../../../etc/empty": {"", nil},
			"../secret":             {"", unix.ENOENT},
			"out":                   {"", unix.ENOENT},
			"out-relative":          {"", unix.ENOENT},
			"dangling":              {"", unix.ENOENT},
			"missing/hostname":      {"", unix.ENOENT},
			"loop":                  {"", unix.ELOOP},
			"etc/hostname/more":     {"", unix.ENOTDIR},
			"fifo":                  {"", ErrNotRegular},
			"etc":                   {"", ErrNotRegular},
			"huge":                  {"", ErrTooLarge},
		} {
			fs := openFS(t, root)
			fs.walk = walk
			text, err := fs.ReadFile(name, nil)
			assert.ErrorIs(t, err, tt.err, "%s, walk %v", name, walk)
			assert.Equal(t, tt.text, string(text), "%s, walk %v", name, walk)

			file := fs.File(name, Single)
			text, err = file.Read()
			assert.ErrorIs(t, err, tt.err, "%s, walk %v", name, walk)
			assert.Equal(t, tt.text, string(text), "%s, walk %v", name, walk)
			assert.Equal(t, -1, file.fd, "a plain file is not kept open")
		}
	}
}

func TestNoDescriptorIsLost(t *testing.T) {
	root := hostile(t)
	before := descriptors(t)
	for range 3 {
		fs, err := OpenFS(root)
		require.NoError(t, err)
		for _, fs.walk = range []bool{false, true} {
			for _, name := range []string{"etc/hostname", "dir/hostname", "fifo", "etc", "loop", "out", "etc/hostname/x", "huge"} {
				_, _ = fs.ReadFile(name, nil)
				_, _ = fs.File(name, Records).Read()
			}
		}
		require.NoError(t, fs.Close())
	}
	assert.Equal(t, before, descriptors(t))
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(entries)
}

func TestRootIsNoDirectory(t *testing.T) {
	_, err := OpenFS(filepath.Join(hostile(t), "etc/hostname"))
	assert.ErrorIs(t, err, unix.ENOTDIR)
}

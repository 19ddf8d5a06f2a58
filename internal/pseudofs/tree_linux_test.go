// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// treeAt is the tree "top" below a root that has these directories in it.
func treeAt(t *testing.T, dirs ...string) (*Tree, string) {
	t.Helper()
	root := t.TempDir()
	for _, dir := range append(dirs, ".") {
		require.NoError(t, os.MkdirAll(filepath.Join(root, "top", dir), 0o755))
	}
	fs, err := OpenFS(root)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, fs.Close()) })
	return fs.Tree("top"), filepath.Join(root, "top")
}

// walked are the paths that a walk has visited, each with the number of the inode that stat knows there.
func walked(t *testing.T, tree *Tree, dir string) (paths []string) {
	t.Helper()
	require.NoError(t, tree.Walk(func(path []byte, inode uint64) bool {
		var stat unix.Stat_t
		require.NoError(t, unix.Stat(dir+string(path), &stat))
		assert.Equal(t, stat.Ino, inode, "%s", path)
		paths = append(paths, string(path))
		return true
	}))
	return paths
}

func TestTree(t *testing.T) {
	tree, dir := treeAt(t, "a/b/c", "a/d", "e")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	require.NoError(t, os.Symlink("/", filepath.Join(dir, "a", "link")))
	for range 2 {
		paths := walked(t, tree, dir)
		for i, path := range paths {
			above, _ := filepath.Split(path)
			assert.True(t, above == "/" || slices.Contains(paths[:i], strings.TrimSuffix(above, "/")), "those above come first")
		}
		slices.Sort(paths)
		assert.Equal(t, []string{"/a", "/a/b", "/a/b/c", "/a/d", "/e"}, paths)
	}
	n := 0
	require.NoError(t, tree.Walk(func([]byte, uint64) bool { n++; return n < 3 }))
	assert.Equal(t, 3, n, "the walk stops when the callback returns false")
	assert.False(t, tree.IsCgroup2())
	assert.Equal(t, "top", tree.Name())
}

// TestTreeWhileItGoes removes directories while they are walked.
func TestTreeWhileItGoes(t *testing.T) {
	tree, dir := treeAt(t, "a/b/c", "d/e")
	var paths []string
	require.NoError(t, tree.Walk(func(path []byte, _ uint64) bool {
		require.NoError(t, os.RemoveAll(dir+string(path)))
		paths = append(paths, string(path))
		return true
	}))
	slices.Sort(paths)
	assert.Equal(t, []string{"/a", "/d"}, paths)

	require.NoError(t, os.Remove(dir))
	assert.ErrorIs(t, tree.Walk(nil), unix.ENOENT)
}

func TestLargeTree(t *testing.T) {
	var dirs []string
	for i := range 40 {
		for j := range 50 {
			dirs = append(dirs, fmt.Sprintf("%s-%d/%s-%d", strings.Repeat("x", 100), i, strings.Repeat("y", 100), j))
		}
	}
	tree, dir := treeAt(t, dirs...)
	assert.Len(t, walked(t, tree, dir), 40+2000)
}

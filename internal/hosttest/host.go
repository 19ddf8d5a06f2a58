// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package hosttest has what the tests of several packages need: roots to read instead of this host, and assertions on
// golden files, allocations and dependencies.
package hosttest

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

// Repository is the directory of the repository.
func Repository() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// Unpack makes a directory that looks like the root of a host at one moment, from testdata/hosts/<origin>/<moment>.txtar.
// A file named "a -> b" there is a symbolic link from a to b, and one named a = "b" has exactly the bytes b.
func Unpack(t testing.TB, origin, moment string) (root string) {
	t.Helper()
	root = t.TempDir()
	unpack(t, root, origin, moment)
	return root
}

// Replace gives root the files of another moment, as Unpack does.
func Replace(t testing.TB, root, origin, moment string) {
	t.Helper()
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	for _, entry := range entries {
		require.NoError(t, os.RemoveAll(filepath.Join(root, entry.Name())))
	}
	unpack(t, root, origin, moment)
}

func unpack(t testing.TB, root, origin, moment string) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join(Repository(), "testdata", "hosts", origin, moment+".txtar"))
	require.NoError(t, err)
	for _, f := range archive.Files {
		if name, target, ok := strings.Cut(f.Name, " -> "); ok {
			Link(t, root, name, target)
		} else if name, quoted, ok := strings.Cut(f.Name, " = "); ok {
			bytes, err := strconv.Unquote(quoted)
			require.NoError(t, err)
			Write(t, root, name, bytes)
		} else {
			Write(t, root, f.Name, string(f.Data))
		}
	}
}

// Write gives the file at name below root this text, in place if the file is there, as the kernel changes its files.
func Write(t testing.TB, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// Link makes a symbolic link at name below root.
func Link(t testing.TB, root, name, target string) {
	t.Helper()
	path := filepath.Join(root, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.Symlink(target, path))
}

// Remove takes away the file at name below root.
func Remove(t testing.TB, root, name string) {
	t.Helper()
	require.NoError(t, os.Remove(filepath.Join(root, name)))
}

// Edit replaces text in the file at name below root, where it must stand.
func Edit(t testing.TB, root, name, before, after string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	require.Contains(t, string(text), before)
	Write(t, root, name, strings.ReplaceAll(string(text), before, after))
}

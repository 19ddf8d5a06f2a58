// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestNatureNear: of what is missing, the nearest directory tells who would answer for it; where none does, it may be anybody.
func TestNatureNear(t *testing.T) {
	fs, err := OpenFS("")
	require.NoError(t, err)
	defer fs.Close()
	for _, name := range []string{"proc/stat", "proc/none", "proc/no/such/file"} {
		assert.Equal(t, kernels, fs.natureNear(newPath(name)), name)
	}
	assert.Equal(t, served, (&FS{root: -1}).natureNear(newPath("proc/stat")))
	file := fs.File("proc/stat", Single)
	_, err = file.ReadOn(&FS{root: -1})
	assert.Error(t, err)
	assert.True(t, file.IsServed())
	_, err = file.ReadOn(fs)
	assert.NoError(t, err)
	assert.False(t, file.IsServed())
}

func TestOnProc(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Mkdir(root+"/proc", 0o755))
	for _, tt := range []struct {
		root, name string
		want       bool
		err        error
	}{
		{"", "proc", true, nil},
		{"", "proc/self", true, nil},
		{"", "sys", false, nil},
		{root, "proc", false, nil},
		{root, "none", false, unix.ENOENT},
	} {
		fs, err := OpenFS(tt.root)
		require.NoError(t, err)
		got, err := fs.OnProc(tt.name)
		assert.Equal(t, tt.want, got, tt)
		assert.ErrorIs(t, err, tt.err, tt)
		require.NoError(t, fs.Close())
	}
}

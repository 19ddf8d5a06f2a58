// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestUnchanged reads mountinfo once and not again: the mounts of this process do not change while it runs. That they are
// read when they do is tested with mounts, in package probe.
func TestUnchanged(t *testing.T) {
	fs := openFS(t, "")
	file := fs.File("proc/self/mountinfo", Records)
	defer file.Close()
	text, changed, err := file.ReadChanged()
	require.NoError(t, err)
	assert.True(t, changed)
	assert.Contains(t, string(text), " - ")
	hosttest.NoAllocs(t, func() {
		_, changed, err = file.ReadChanged()
		assert.NoError(t, err)
	})
	require.NoError(t, unix.Close(file.fd))
	file.fd = 1 << 20 // No descriptor has this number.
	_, changed, err = file.ReadChanged()
	require.NoError(t, err)
	assert.True(t, changed, "a stale descriptor counts as a change")
}

// TestPlainFileIsAlwaysChanged: nothing tells when a plain file has changed.
func TestPlainFileIsAlwaysChanged(t *testing.T) {
	root := t.TempDir()
	fs := openFS(t, root)
	file := fs.File("mountinfo", Records)
	_, changed, err := file.ReadChanged()
	assert.ErrorIs(t, err, unix.ENOENT)
	assert.True(t, changed)
	for _, want := range []string{"one", "two"} {
		hosttest.Write(t, root, "mountinfo", want)
		text, changed, err := file.ReadChanged()
		require.NoError(t, err)
		assert.True(t, changed)
		assert.Equal(t, want, string(text))
	}
}

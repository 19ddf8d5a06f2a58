// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package bighost

import (
	"crypto/sha256"
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDeterministic makes the root twice.
func TestDeterministic(t *testing.T) {
	var sums [2][]byte
	for i := range sums {
		root := t.TempDir()
		require.NoError(t, Make(root))
		hash, files := sha256.New(), 0
		require.NoError(t, fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := fs.ReadFile(os.DirFS(root), path)
			hash.Write([]byte(path))
			hash.Write(text)
			files++
			return err
		}))
		assert.Greater(t, files, 7*processes)
		sums[i] = hash.Sum(nil)
	}
	assert.Equal(t, sums[0], sums[1])
}

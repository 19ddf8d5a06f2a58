// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestCommitted: the hosts in testdata are those that this command makes.
func TestCommitted(t *testing.T) {
	for name, host := range hosts {
		made := t.TempDir()
		require.NoError(t, write(made, host))
		for _, moment := range []string{"t0.txtar", "t1.txtar"} {
			want, err := os.ReadFile(filepath.Join(hosttest.Repository(), "testdata", "hosts", name, moment))
			require.NoError(t, err, "go run ./internal/hosttest/generate -out testdata/hosts")
			got, err := os.ReadFile(filepath.Join(made, moment))
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got), "%s %s", name, moment)
		}
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestCgroupKey: a 32-bit kernel, which runs only 32-bit programs, has a generation in the upper half of a cgroup's id.
func TestCgroupKey(t *testing.T) {
	t.Parallel()
	const id = 1<<32 | 4711
	want := uint64(id)
	if strconv.IntSize == 32 {
		want = 4711
	}
	assert.Equal(t, want, cgroupKey(id))
	assert.Equal(t, uint64(4711), cgroupKey(4711))
}

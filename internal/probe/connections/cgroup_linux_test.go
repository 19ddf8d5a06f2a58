// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestGroupOf: a kernel of 32 bits, which only programs of 32 bits run on, has a generation in the upper half of a group's id.
func TestGroupOf(t *testing.T) {
	const id = 1<<32 | 4711
	want := uint64(id)
	if strconv.IntSize == 32 {
		want = 4711
	}
	assert.Equal(t, want, groupOf(id))
	assert.Equal(t, uint64(4711), groupOf(4711))
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFilterForgets(t *testing.T) {
	asked := 0
	f := NewNameFilter(func(string) bool { asked++; return true })
	for i := range maxDecisions + 1 {
		require.True(t, f.Keeps(fmt.Sprint(i)))
	}
	assert.Len(t, f.decided, 1, "what is remembered is bounded")
	assert.Equal(t, maxDecisions+1, asked)
}

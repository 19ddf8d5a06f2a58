// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestIsKernelThread(t *testing.T) {
	for text, want := range map[string]bool{
		"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0": true,
		"2 (kthreadd) S 0 0 0 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0": false,
		"2 (a) S 1 2 3 4 2129984 (b) S 0 0 0 0 -1 4194560 0 0":             false,
		"2 (kthreadd) S 0 0 0 0 -1":                                        false,
		"2 (kthreadd) S 0 0 0 0 -1 x":                                      false,
		"2129984 2129984 2129984 2129984 2129984 2129984":                  false,
		"": false, ")": false,
	} {
		assert.Equal(t, want, IsKernelThread([]byte(text)), "%q", text)
	}
}

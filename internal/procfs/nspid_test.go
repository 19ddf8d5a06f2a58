// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPIDNamespaceDepth(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"Name:\ta\nNSpid:\t4711\nNSpgid:\t4711\n":   1,
		"NStgid:\t4711\t12\t1\nNSpid:\t4711\t12\t1": 3,
		"Name:\tNSpid: 1 2\nPid:\t1\n":              0,
		"NSpid:\n":                                  0,
		"":                                          0,
	} {
		assert.Equal(t, want, PIDNamespaceDepth([]byte(text)), "%q", text)
	}
}

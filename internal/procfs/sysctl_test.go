// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestUptime(t *testing.T) {
	var u Uptime
	malformed(t, &u, "4351.94 6767.97\n", 0, 0)
	assert.Equal(t, Number{4351_940000000, true}, u.Up)
	for _, text := range []string{"", "-1.0 2\n", "soon 1\n", "99999999999999 1\n"} {
		malformed(t, &u, text, 1, 1)
		assert.Equal(t, Number{}, u.Up)
	}
}

func TestFileNr(t *testing.T) {
	var f FileNr
	malformed(t, &f, "607\t7\t2466170\n", 0, 0)
	assert.Equal(t, FileNr{Allocated: Number{600, true}, Max: Number{2466170, true}}, f)
	malformed(t, &f, "607\t0\t9223372036854775807\n", 0, 0)
	assert.Equal(t, FileNr{Allocated: Number{607, true}}, f, "the largest number is no limit")
	for _, text := range []string{"", "1\n", "1 0\n", "1 2 3\n", "a b c\n"} {
		malformed(t, &f, text, 1, 1)
		assert.False(t, f.Allocated.Known)
	}
}

func TestPIDMax(t *testing.T) {
	var p PIDMax
	malformed(t, &p, "32768\n", 0, 0)
	assert.Equal(t, Number{32768, true}, p.Max)
	for _, text := range []string{"", "\n", "-1\n", "max\n"} {
		malformed(t, &p, text, 1, 1)
		assert.False(t, p.Max.Known)
	}
}

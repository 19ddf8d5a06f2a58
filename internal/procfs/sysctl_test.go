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
	implausible(t, &u, "9223372037.00 1\n", "uptime", 0, 1)
	assert.Equal(t, Number{}, u.Up)
}

func TestFileNr(t *testing.T) {
	var f FileNr
	malformed(t, &f, "607\t7\t2466170\n", 0, 0)
	assert.Equal(t, FileNr{Allocated: Number{600, true}, Max: Number{2466170, true}}, f)
	malformed(t, &f, "607\t0\t9223372036854775807\n", 0, 0)
	assert.Equal(t, FileNr{Allocated: Number{607, true}}, f, "the largest number is no limit")
	for _, text := range []string{"", "1\n", "1 0\n"} {
		malformed(t, &f, text, 1, 1)
		assert.False(t, f.Allocated.Known)
	}
	for _, text := range []string{"1 2 3\n", "18446744073709551615 0 3\n", "-1 0 3\n", "1 x 3\n"} {
		implausible(t, &f, text, "number of allocated file handles", 0, 1)
		assert.Equal(t, [2]Number{{}, known(3)}, [2]Number{f.Allocated, f.Max})
	}
	implausible(t, &f, "1 0 x\n", "maximum number of file handles", 0, 1)
	assert.Equal(t, [2]Number{known(1)}, [2]Number{f.Allocated, f.Max})
}

func TestPIDMax(t *testing.T) {
	var p PIDMax
	malformed(t, &p, "32768\n", 0, 0)
	assert.Equal(t, Number{32768, true}, p.Max)
	for _, text := range []string{"", "\n", "-1\n", "max\n"} {
		malformed(t, &p, text, 1, 1)
		assert.False(t, p.Max.Known)
	}
	implausible(t, &p, "4294967295\n", "pid_max", 0, 1)
	assert.False(t, p.Max.Known)
}

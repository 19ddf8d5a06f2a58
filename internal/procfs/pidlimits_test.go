// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const pidLimitsText = "Limit                     Soft Limit           Hard Limit           Units     \n" +
	"Max cpu time              unlimited            unlimited            seconds   \n" +
	"Max open files            1024                 1048576              files     \n" +
	"Max nice priority         0                    0                    \n"

func TestPIDLimits(t *testing.T) {
	var p PIDLimits
	malformed(t, &p, pidLimitsText, 0, 0)
	assert.Equal(t, PIDLimits{OpenFiles: Number{1024, true}}, p)
	malformed(t, &p, "", 0, 0)
	assert.False(t, p.OpenFiles.Known, "nothing stays of the text before")
	malformed(t, &p, "Max open files            unlimited            unlimited            files     \n", 0, 0)
	assert.False(t, p.OpenFiles.Known, "no limit is no number")
	for text, first := range map[string]int{
		"Max open files \n": 1, "x\nMax open files            -1  5  files\n": 2, "Max open files 1 1 files\nMax open files 1 1 files\n": 2,
	} {
		malformed(t, &p, text, first, 1)
	}
	implausible(t, &p, "Max open files            18446744073709551614  18446744073709551614  files\n", "Max open files", 0, 1)
}

// FuzzPIDLimits holds the parser against one that splits with the standard library.
func FuzzPIDLimits(f *testing.F) {
	f.Add(pidLimitsText)
	f.Fuzz(func(t *testing.T, text string) {
		var p PIDLimits
		_ = p.Parse([]byte(text))
		var want Number
		for _, line := range strings.Split(text, "\n") {
			limits, ok := strings.CutPrefix(line, "Max open files ")
			words := strings.FieldsFunc(limits, func(r rune) bool { return r == ' ' || r == '\t' })
			if !ok || len(words) == 0 || want.Known {
				continue
			}
			n, err := strconv.ParseUint(words[0], 10, 64)
			want = Number{n, err == nil && n <= maxCount}
			if !want.Known {
				want.N = 0
			}
		}
		assert.Equal(t, want, p.OpenFiles)
	})
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

const swapsText = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" +
	"/dev/zram0                              partition\t16777212\t1024\t\t100\n" +
	"/swap\\040file                            file\t\t2048\t\t0\t\t-2\n" +
	"/a\\011b\\012c\\134040\\040(deleted)           file\t\t2048\t\t0\t\t-3\n"

func TestSwaps(t *testing.T) {
	var s Swaps
	malformed(t, &s, swapsText, 0, 0)
	assert.Equal(t, []SwapArea{
		{[]byte("/dev/zram0"), known(16777212), known(1024)},
		{[]byte("/swap file"), known(2048), known(0)},
		{[]byte("/a\tb\nc\\040 (deleted)"), known(2048), known(0)},
	}, s.Areas)

	malformed(t, &s, "Filename\tType\tSize\tUsed\tPriority\n", 0, 0)
	assert.Empty(t, s.Areas)
}

func TestSwapsMalformed(t *testing.T) {
	const header = "Filename Type Size Used Priority\n"
	for name, tt := range map[string]struct {
		text         string
		first, count int
		areas        int
	}{
		"empty":     {"", 1, 1, 0},
		"no header": {"/dev/sda2 partition 10 1 -2\n", 1, 1, 0},
		"short":     {header + "/dev/sda2 partition 10\n/dev/sdb2 partition 10 1 -2\n", 2, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var s Swaps
			malformed(t, &s, tt.text, tt.first, tt.count)
			assert.Len(t, s.Areas, tt.areas)
		})
	}
}

// FuzzSwaps writes what was read as the kernel does and reads it again.
func TestSwapsImplausible(t *testing.T) {
	for _, tt := range []struct {
		numbers, field string
		want           SwapArea
	}{
		{"ten 1", "Size", SwapArea{Used: known(1)}},
		{"9007199254740992 1", "Size", SwapArea{Used: known(1)}},
		{"10 11", "Used", SwapArea{Size: known(10)}},
		{"10 -1", "Used", SwapArea{Size: known(10)}},
		{"10 18446744073709551612", "Used", SwapArea{Size: known(10)}},
	} {
		var s Swaps
		implausible(t, &s, "Filename Type Size Used Priority\n/dev/sda2 partition "+tt.numbers+" -2\n/dev/sdb2 partition 10 1 -2\n", tt.field, 2, 1)
		tt.want.Filename = []byte("/dev/sda2")
		assert.Equal(t, []SwapArea{tt.want, {[]byte("/dev/sdb2"), known(10), known(1)}}, s.Areas)
	}
}

func FuzzSwaps(f *testing.F) {
	f.Add(swapsText)
	f.Fuzz(func(t *testing.T, text string) {
		var s, again Swaps
		_ = s.Parse([]byte(text))
		written := "Filename\n"
		for _, area := range s.Areas {
			written += fmt.Sprintf("%-40s%s\t%d\t%d\t%d\n", mangle(string(area.Filename)), " file", number(area.Size), number(area.Used), -2)
		}
		_ = again.Parse([]byte(written))
		assert.Zero(t, again.bad.Count)
		assert.Equal(t, s.Areas, again.Areas)
	})
}

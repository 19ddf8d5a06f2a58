// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const meminfoText = `MemTotal:       24600028 kB
MemFree:        20394700 kB
MemAvailable:   23567124 kB
Buffers:          107004 kB
Cached:          2952384 kB
SwapCached:            0 kB
Active(anon):     123456 kB
Dirty:             12340 kB
Shmem:              9876 kB
SReclaimable:     222000 kB
SUnreclaim:        33000 kB
SwapTotal:       2097148 kB
SwapFree:        2000000 kB
HugePages_Total:      16
HugePages_Free:       10
HugePages_Rsvd:        2
HugePages_Surp:        1
Hugepagesize:       2048 kB
DirectMap1G:    25165824 kB
`

func TestMeminfo(t *testing.T) {
	var m Meminfo
	malformed(t, &m, meminfoText, 0, 0)
	assert.Equal(t, Meminfo{
		MemTotal:       Number{24600028, true},
		MemFree:        Number{20394700, true},
		MemAvailable:   Number{23567124, true},
		Buffers:        Number{107004, true},
		Cached:         Number{2952384, true},
		Dirty:          Number{12340, true},
		Shmem:          Number{9876, true},
		SReclaimable:   Number{222000, true},
		SUnreclaim:     Number{33000, true},
		SwapTotal:      Number{2097148, true},
		SwapFree:       Number{2000000, true},
		Hugepagesize:   Number{2048, true},
		HugePagesTotal: Number{16, true},
		HugePagesFree:  Number{10, true},
		HugePagesRsvd:  Number{2, true},
		HugePagesSurp:  Number{1, true},
	}, m)

	malformed(t, &m, "MemFree: 1 kB\n", 0, 0)
	assert.Equal(t, Meminfo{MemFree: Number{1, true}}, m, "nothing stays of the text before, and absent is not zero")
}

func TestMeminfoMalformed(t *testing.T) {
	for name, tt := range map[string]struct {
		text         string
		first, count int
		free         Number
	}{
		"no colon":          {"MemFree 1 kB\n", 1, 1, Number{}},
		"no number":         {"MemFree: kB\n", 1, 1, Number{}},
		"negative":          {"MemFree: -1 kB\n", 1, 1, Number{}},
		"no unit":           {"MemFree: 1\n", 1, 1, Number{}},
		"other unit":        {"MemFree: 1 MB\n", 1, 1, Number{}},
		"more than it says": {"MemFree: 1 kB kB\n", 1, 1, Number{}},
		"too large":         {"MemFree: 9007199254740992 kB\n", 1, 1, Number{}},
		"largest":           {"MemFree: 9007199254740991 kB\n", 0, 0, Number{9007199254740991, true}},
		"twice":             {"MemFree: 1 kB\nMemFree: 2 kB\n", 2, 1, Number{1, true}},
		"neighbours":        {"MemTotal: x kB\nMemFree: 7 kB\nCached\n", 1, 2, Number{7, true}},
		"nobody reads it":   {"Mapped: x\nMemFree: 7 kB", 0, 0, Number{7, true}},
		"pages with a unit": {"HugePages_Total: 1 kB\nMemFree: 7 kB", 1, 1, Number{7, true}},
		"blank line":        {"\nMemFree: 7 kB", 1, 1, Number{7, true}},
	} {
		t.Run(name, func(t *testing.T) {
			var m Meminfo
			malformed(t, &m, tt.text, tt.first, tt.count)
			assert.Equal(t, tt.free, m.MemFree)
		})
	}
}

// FuzzMeminfo holds one size and one count against a slow reading of the same line.
func FuzzMeminfo(f *testing.F) {
	f.Add(meminfoText)
	f.Add("MemFree: 1 kB\nHugePages_Free:  3\n")
	f.Fuzz(func(t *testing.T, text string) {
		var m Meminfo
		_ = m.Parse([]byte(text))
		assert.Equal(t, meminfoOracle(text, "MemFree", "kB"), m.MemFree)
		assert.Equal(t, meminfoOracle(text, "HugePages_Free", ""), m.HugePagesFree)
	})
}

func meminfoOracle(text, key, unit string) Number {
	for _, line := range strings.Split(text, "\n") {
		k, value, ok := strings.Cut(line, ":")
		fields := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' })
		if !ok || k != key || len(fields) == 0 || strings.Join(fields[1:], " ") != unit {
			continue
		}
		if n, err := strconv.ParseUint(fields[0], 10, 53); err == nil {
			return Number{n, true}
		}
	}
	return Number{}
}

func BenchmarkMeminfo(b *testing.B) {
	var m Meminfo
	in := []byte(meminfoText)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		_ = m.Parse(in)
	}
}

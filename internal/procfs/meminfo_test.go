// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/scan"
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

// TestMeminfoImplausible: what cannot be right costs itself, also where only the whole shows that.
func TestMeminfoImplausible(t *testing.T) {
	var whole Meminfo
	malformed(t, &whole, meminfoText, 0, 0)
	for _, tt := range []struct {
		key, value string
		change     func(*Meminfo)
	}{
		{"MemTotal:", "0", func(m *Meminfo) { m.MemTotal = Number{} }},
		{"MemTotal:", "9007199254740992", func(m *Meminfo) { m.MemTotal = Number{} }},
		{"MemFree:", "24600029", func(m *Meminfo) { m.MemFree = Number{} }},
		{"MemFree:", "9007199254740992", func(m *Meminfo) { m.MemFree = Number{} }},
		{"MemAvailable:", "24600029", func(m *Meminfo) { m.MemAvailable = Number{} }},
		{"MemAvailable:", "18446744073709551612", func(m *Meminfo) { m.MemAvailable = Number{} }},
		{"Buffers:", "24600029", func(m *Meminfo) { m.Buffers = Number{} }},
		{"Cached:", "24600029", func(m *Meminfo) { m.Cached = Number{} }},
		{"Dirty:", "24600029", func(m *Meminfo) { m.Dirty = Number{} }},
		{"Shmem:", "24600029", func(m *Meminfo) { m.Shmem = Number{} }},
		{"SReclaimable:", "24600029", func(m *Meminfo) { m.SReclaimable = Number{} }},
		{"SUnreclaim:", "18446744073709551612", func(m *Meminfo) { m.SUnreclaim = Number{} }},
		{"SwapFree:", "2097149", func(m *Meminfo) { m.SwapFree = Number{} }},
		{"SwapTotal:", "18446744073709551612", func(m *Meminfo) { m.SwapTotal = Number{} }},
		{"HugePages_Free:", "17", func(m *Meminfo) { m.HugePagesFree = Number{} }},
		{"HugePages_Rsvd:", "18446744073709551615", func(m *Meminfo) { m.HugePagesRsvd = Number{} }},
		{"HugePages_Surp:", "17", func(m *Meminfo) { m.HugePagesSurp = Number{} }},
		{"Hugepagesize:", "0", func(m *Meminfo) { m.Hugepagesize = Number{} }},
	} {
		text := regexp.MustCompile(`(?m)^`+tt.key+` *\d+`).ReplaceAllString(meminfoText, tt.key+" "+tt.value)
		var m Meminfo
		implausible(t, &m, text, strings.TrimSuffix(tt.key, ":"), 0, 1)
		want := whole
		tt.change(&want)
		m.bad = scan.LineError{}
		assert.Equal(t, want, m, tt.key+tt.value)
	}
	var m Meminfo
	malformed(t, &m, "HugePages_Total: 0\nHugePages_Free: 0\nSwapTotal: 0 kB\nSwapFree: 0 kB\n", 0, 0)
	assert.Equal(t, [2]Number{{0, true}, {0, true}}, [2]Number{m.HugePagesTotal, m.SwapFree}, "a host may be without")
}

// FuzzMeminfo holds one size and one count against a slow reading of the same line.
func FuzzMeminfo(f *testing.F) {
	f.Add(meminfoText)
	f.Add("MemFree: 1 kB\nHugePages_Free:  3\n")
	f.Fuzz(func(t *testing.T, text string) {
		var m Meminfo
		_ = m.Parse([]byte(text))
		for whole, part := range map[[2]string][2]string{{"MemTotal", "kB"}: {"MemFree", "kB"}, {"HugePages_Total", ""}: {"HugePages_Free", ""}} {
			of, want := meminfoOracle(text, whole[0], whole[1]), meminfoOracle(text, part[0], part[1])
			if want.Known && of.Known && want.N > of.N && (of.N > 0 || whole[1] == "") {
				want = Number{}
			}
			if got, _, _ := m.field([]byte(part[0])); *got != want {
				t.Errorf("%s is %v, not %v", part[0], *got, want)
			}
		}
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

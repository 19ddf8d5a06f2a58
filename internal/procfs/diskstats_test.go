// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const diskstatsText = "   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n" +
	" 259       0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n" +
	" 259       1 nvme0n1p1 101 102 103 104 105 106 107 108 0 110 111 112 113 114 115\n" +
	" 104       0 cciss/c0d0 201 202 203 204 205 206 207 208 4294967295 4294967295 211\n" +
	"   8       1 sda1 11 12 13 14\n"

func TestDiskstats(t *testing.T) {
	var d Diskstats
	malformed(t, &d, diskstatsText, 0, 0)
	assert.Equal(t, []Diskstat{
		{Major: 7, Name: []byte("loop0")},
		{259, 0, []byte("nvme0n1"), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
		{259, 1, []byte("nvme0n1p1"), 101, 102, 103, 104, 105, 106, 107, 108, 0, 110, 111},
		{104, 0, []byte("cciss/c0d0"), 201, 202, 203, 204, 205, 206, 207, 208, math.MaxUint32, math.MaxUint32, 211},
	}, d.Devices, "20, 18 and 14 columns; the 7 of old partitions say too little")

	malformed(t, &d, "", 0, 0)
	assert.Empty(t, d.Devices, "a host may have no disk")
}

func TestDiskstatsMalformed(t *testing.T) {
	const good = "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n"
	for name, tt := range map[string]struct {
		text                  string
		first, count, devices int
	}{
		"blank":            {good + "\n" + good, 2, 1, 2},
		"no name":          {"8 0\n" + good, 1, 1, 1},
		"no number":        {"8 0 sda 1 2 3 x 5 6 7 8 9 10 11\n" + good, 1, 1, 1},
		"negative":         {"8 0 sda 1 2 3 4 5 6 7 8 -1 10 11\n", 1, 1, 0},
		"no major":         {"x 0 sda 1 2 3 4 5 6 7 8 9 10 11\n", 1, 1, 0},
		"no minor":         {"8 x sda 1 2 3 4 5 6 7 8 9 10 11\n", 1, 1, 0},
		"major too large":  {"4294967296 0 sda 1 2 3 4 5 6 7 8 9 10 11\n", 1, 1, 0},
		"3 columns":        {"8 0 sda\n", 1, 1, 0},
		"13 columns":       {"8 0 sda 1 2 3 4 5 6 7 8 9 10\n" + good, 1, 1, 1},
		"cut in a word":    {good + "8 1 sda1 1 2 3 4 5", 2, 1, 1},
		"too many sectors": {"8 0 sda 1 2 18014398509481984 4 5 6 7 8 9 10 11\n", 1, 1, 0},
		"too much time":    {"8 0 sda 1 2 3 4 5 6 7 8 9 9223372036855 11\n", 1, 1, 0},
		"too many I/Os":    {"8 0 sda 9223372036854775808 2 3 4 5 6 7 8 9 10 11\n", 1, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var d Diskstats
			malformed(t, &d, tt.text, tt.first, tt.count)
			assert.Len(t, d.Devices, tt.devices)
		})
	}
}

func TestDiskstatsIsBounded(t *testing.T) {
	var d Diskstats
	malformed(t, &d, strings.Repeat("8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n", MaxDisks+2), MaxDisks+1, 2)
	assert.Len(t, d.Devices, MaxDisks)
}

// slowDiskstats reads the file in the obvious way.
func slowDiskstats(text string) (devices []Diskstat, bad int) {
	for line := range strings.Lines(text) {
		fields := strings.FieldsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r == ' ' || r == '\t' })
		if len(fields) != 7 && len(fields) < 14 {
			bad++
			continue
		}
		n := slowNumbers(append(fields[:2:2], fields[3:min(len(fields), 14)]...))
		if n == nil || max(n[0], n[1]) > math.MaxUint32 {
			bad++
			continue
		}
		if len(fields) == 7 {
			continue
		}
		if max(n[2], n[3], n[6], n[7], n[10]) > math.MaxInt64 ||
			max(n[4], n[8]) > math.MaxInt64/512 || max(n[5], n[9], n[11], n[12]) > math.MaxInt64/1_000_000 {
			bad++
			continue
		}
		devices = append(devices, Diskstat{
			uint32(n[0]), uint32(n[1]), []byte(fields[2]), n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12],
		})
	}
	return devices, bad
}

// slowNumbers is nil if one of the fields is no number.
func slowNumbers(fields []string) []uint64 {
	numbers := make([]uint64, len(fields))
	for i, field := range fields {
		n, err := strconv.ParseUint(field, 10, 64)
		if err != nil {
			return nil
		}
		numbers[i] = n
	}
	return numbers
}

func FuzzDiskstats(f *testing.F) {
	f.Add(diskstatsText)
	f.Add("8 0 sda 1 2 3 4 5 6 7 8 9 10\n8\t0 sda 1 2 3 4\n8 0 sda 1 2 3 4 5 6 7 8 9 10 18446744073709551615")
	f.Fuzz(func(t *testing.T, text string) {
		var d Diskstats
		err := d.Parse([]byte(text))
		devices, bad := slowDiskstats(text)
		assert.Equal(t, bad, d.bad.Count)
		assert.Equal(t, bad == 0, err == nil)
		assert.Len(t, d.Devices, len(devices))
		for i := range devices {
			assert.Equal(t, devices[i], d.Devices[i])
		}
	})
}

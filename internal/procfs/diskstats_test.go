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
	" 104       0 cciss/c0d0 201 202 203 204 205 206 207 208 3 4294967295 211\n" +
	"   8       1 sda1 11 12 13 14\n"

func diskstat(major, minor uint32, name string, numbers ...uint64) Diskstat {
	n := func(i int) Number { return Number{numbers[i], true} }
	return Diskstat{major, minor, []byte(name), n(0), n(1), n(2), n(3), n(4), n(5), n(6), n(7), n(8), n(9), n(10)}
}

func TestDiskstats(t *testing.T) {
	var d Diskstats
	malformed(t, &d, diskstatsText, 0, 0)
	assert.Equal(t, []Diskstat{
		diskstat(7, 0, "loop0", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
		diskstat(259, 0, "nvme0n1", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
		diskstat(259, 1, "nvme0n1p1", 101, 102, 103, 104, 105, 106, 107, 108, 0, 110, 111),
		diskstat(104, 0, "cciss/c0d0", 201, 202, 203, 204, 205, 206, 207, 208, 3, math.MaxUint32, 211),
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
		"blank":           {good + "\n" + good, 2, 1, 2},
		"no name":         {"8 0\n" + good, 1, 1, 1},
		"no major":        {"x 0 sda 1 2 3 4 5 6 7 8 9 10 11\n", 1, 1, 0},
		"no minor":        {"8 x sda 1 2 3 4 5 6 7 8 9 10 11\n", 1, 1, 0},
		"major too large": {"4294967296 0 sda 1 2 3 4 5 6 7 8 9 10 11\n", 1, 1, 0},
		"3 columns":       {"8 0 sda\n", 1, 1, 0},
		"13 columns":      {"8 0 sda 1 2 3 4 5 6 7 8 9 10\n" + good, 1, 1, 1},
		"cut in a word":   {good + "8 1 sda1 1 2 3 4 5", 2, 1, 1},
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

// TestDiskstatsImplausible: a number that cannot be right costs itself, and neither its disk nor the numbers beside it.
func TestDiskstatsImplausible(t *testing.T) {
	for i, column := range diskColumns {
		for _, value := range []string{strconv.FormatUint(column.most+1, 10), "18446744073709551615", "99999999999999999999", "-1", "x"} {
			columns := strings.Fields("1 2 3 4 5 6 7 8 9 10 11")
			columns[i] = value
			want := []Diskstat{diskstat(8, 0, "sda", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), diskstat(8, 16, "sdb", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)}
			k := &want[0]
			*[...]*Number{
				&k.ReadIOs, &k.ReadMerges, &k.ReadSectors, &k.ReadTicks, &k.WriteIOs, &k.WriteMerges, &k.WriteSectors, &k.WriteTicks,
				&k.InFlight, &k.IOTicks, &k.TimeInQueue,
			}[i] = Number{}
			var d Diskstats
			implausible(t, &d, "8 0 sda "+strings.Join(columns, " ")+"\n8 16 sdb 1 2 3 4 5 6 7 8 9 10 11\n", column.name, 1, 1)
			assert.Equal(t, want, d.Devices)
		}
	}
	var d Diskstats
	implausible(t, &d, "8 0 sda 1 2 3 4 5 6 7 8 4294967295 10 11 0 0 0 0 0 0\n", "I/Os in progress", 1, 1)
}

// slowDiskstats reads the file in the obvious way.
func slowDiskstats(text string) (devices []Diskstat, bad, implausible int) {
	for line := range strings.Lines(text) {
		fields := strings.FieldsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r == ' ' || r == '\t' })
		if len(fields) != 7 && len(fields) < 14 || !digits(fields[0], 32) || !digits(fields[1], 32) {
			bad++
			continue
		}
		if len(fields) == 7 {
			continue
		}
		var n [11]Number
		for i := range n {
			value, err := strconv.ParseUint(fields[3+i], 10, 64)
			if err != nil || value > diskColumns[i].most {
				implausible++
			} else {
				n[i] = Number{value, true}
			}
		}
		major, _ := strconv.ParseUint(fields[0], 10, 32)
		minor, _ := strconv.ParseUint(fields[1], 10, 32)
		devices = append(devices, Diskstat{
			uint32(major), uint32(minor), []byte(fields[2]), n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10],
		})
	}
	return devices, bad, implausible
}

func FuzzDiskstats(f *testing.F) {
	f.Add(diskstatsText)
	f.Add("8 0 sda 1 2 3 4 5 6 7 8 9 10\n8\t0 sda 1 2 3 4\n8 0 sda 1 2 3 4 5 6 7 8 9 10 18446744073709551615")
	f.Fuzz(func(t *testing.T, text string) {
		var d Diskstats
		err := d.Parse([]byte(text))
		devices, bad, implausible := slowDiskstats(text)
		assert.Equal(t, bad, d.bad.Count)
		assert.Equal(t, implausible, d.bad.Fields)
		assert.Equal(t, bad+implausible == 0, err == nil)
		assert.Len(t, d.Devices, len(devices))
		for i := range devices {
			assert.Equal(t, devices[i], d.Devices[i])
		}
	})
}

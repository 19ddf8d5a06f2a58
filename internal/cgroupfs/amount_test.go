// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAmount(t *testing.T) {
	var a Amount
	for text, want := range map[string]Number{
		"0\n": {0, true}, "1048576\n": {1048576, true}, "42": {42, true}, "9223372036853727231\n": {9223372036853727231, true},
		"max\n": {}, "-1\n": {}, // Version 2, and cpu.cfs_quota_us of version 1.
		"9223372036854771712\n": {}, // Pages of 4 KiB,
		"9223372036854710272\n": {}, // of 64 KiB,
		"8796093018112\n":       {}, // and a kernel of 32 bits.
		"9223372036854775807\n": {}, // Linux before 3.19,
		"18446744073709551615":  {}, // and some in between.
	} {
		malformed(t, &a, text, 0, 0)
		assert.Equal(t, want, a.Number, "%q", text)
	}
	for _, text := range []string{"", "\n", "x\n", "-2\n", "1 2\n", "1\n2\n", "maximum\n", "18446744073709551616\n"} {
		malformed(t, &a, text, 1, 1)
		assert.Zero(t, a.Number)
	}
}

func TestCount(t *testing.T) {
	var c Count
	for text, want := range map[string]uint64{"0\n": 0, "1048576\n": 1048576, "8796093018112": 8796093018112, "9223372036854775807\n": math.MaxInt64} {
		malformed(t, &c, text, 0, 0)
		assert.Equal(t, Number{want, true}, c.Number)
	}
	for _, text := range []string{"", "max\n", "-1\n", "1 2\n", "1\n2\n"} {
		malformed(t, &c, text, 1, 1)
		assert.Zero(t, c.Number)
	}
	implausible(t, &c, "18446744073709547520\n", "the number", 0)
	assert.Zero(t, c.Number)
}

// FuzzAmount: every file of one number or of keys and numbers is held against the standard library.
func FuzzAmount(f *testing.F) {
	f.Add("1048576\n")
	f.Add(cpuStatText)
	f.Add(memoryEventsText)
	f.Add(memoryStatText)
	f.Add("user 33159\nsystem 8518\n")
	f.Fuzz(func(t *testing.T, text string) {
		var a Amount
		err := a.Parse([]byte(text))
		word := strings.TrimSuffix(text, "\n")
		assert.Equal(t, amountOracle(word), a.Number)
		assert.Equal(t, word != "max" && word != "-1" && !isDigits(word), err != nil)

		var stat CPUStat
		var acct CPUAcctStat
		var events MemoryEvents
		var memory MemoryStat
		_, _, _, _ = stat.Parse([]byte(text)), acct.Parse([]byte(text)), events.Parse([]byte(text)), memory.Parse([]byte(text))
		for key, got := range map[string]Number{
			"user_usec": stat.UserUsec, "system_usec": stat.SystemUsec, "nr_throttled": stat.NrThrottled,
			"throttled_usec": stat.ThrottledUsec, "throttled_time": stat.ThrottledTime,
			"user": acct.User, "system": acct.System, "oom_kill": events.OOMKill,
		} {
			most := uint64(math.MaxInt64)
			switch {
			case strings.HasSuffix(key, "_usec"):
				most = maxUsec
			case key == "user" || key == "system":
				most = maxTicks
			}
			assert.Equal(t, keyOracle(text, key, most), got, key)
		}
		want := keyOracle(text, "hierarchical_memory_limit", math.MaxUint64)
		assert.Equal(t, amountOracle(strconv.FormatUint(want.N, 10)).Known && want.Known, memory.HierarchicalMemoryLimit.Known)
	})
}

func isDigits(word string) bool {
	_, err := strconv.ParseUint(word, 10, 64)
	return err == nil
}

func amountOracle(word string) Number {
	n, err := strconv.ParseUint(word, 10, 64)
	if err != nil || n > 9223372036853727231 || n == 2147483647*4096 {
		return Number{}
	}
	return Number{n, true}
}

// keyOracle is the number in the first line of the key that has one.
func keyOracle(text, key string, most uint64) Number {
	for _, line := range strings.Split(text, "\n") {
		have, value, _ := strings.Cut(line, " ")
		if have != key {
			continue
		}
		if n, err := strconv.ParseUint(value, 10, 64); err == nil && n <= most {
			return Number{n, true}
		}
	}
	return Number{}
}

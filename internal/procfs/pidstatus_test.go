// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	pidIOText = "rchar: 6976\nwchar: 12\nsyscr: 10\nsyscw: 3\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n"

	pidStatusText = "Name:\tstrange\\nShdPnd:\t1\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t0\t0\t0\t0\nVmRSS:\t    1660 kB\nThreads:\t1\n" +
		"SigQ:\t0/96365\nSigPnd:\t00000000ffffffff\nShdPnd:\t0000000000004201\nSigBlk:\t0000000000000000\n" +
		"voluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n"
)

func TestPIDIO(t *testing.T) {
	var p PIDIO
	malformed(t, &p, pidIOText, 0, 0)
	assert.Equal(t, PIDIO{RChar: Number{6976, true}, WChar: Number{12, true}, SyscR: Number{10, true}, SyscW: Number{3, true}}, p)
	malformed(t, &p, "", 0, 0)
	assert.False(t, p.RChar.Known, "nothing stays of the text before")
	for text, first := range map[string]int{
		"rchar: x\n": 1, "rchar:\n": 1, "rchar\n": 1, "rchar: 1\nwchar: -1\n": 2, "syscr: 1\nsyscr: 1\n": 2, "syscw: 1 2\n": 1,
	} {
		malformed(t, &p, text, first, 1)
	}
	implausible(t, &p, "rchar: 18446744073709551613\nwchar: 12\n", "rchar", 0, 1)
	assert.Equal(t, [2]Number{1: {12, true}}, [2]Number{p.RChar, p.WChar})
	for _, key := range []string{"wchar", "syscr", "syscw"} {
		implausible(t, &p, key+": 9223372036854775808\nrchar: 5\n", key, 0, 1)
		assert.Equal(t, Number{5, true}, p.RChar)
	}
}

func TestPIDStatus(t *testing.T) {
	var p PIDStatus
	malformed(t, &p, pidStatusText, 0, 0)
	assert.Equal(t, PIDStatus{PendingSignals: Number{3, true}, VoluntarySwitches: Number{150, true}, NonvoluntarySwitches: Number{545, true}}, p)
	malformed(t, &p, "ShdPnd:\tffffffffffffffff0000000000000001\n", 0, 0)
	assert.Equal(t, Number{65, true}, p.PendingSignals)
	malformed(t, &p, "Name:\tx\n", 0, 0)
	assert.Equal(t, PIDStatus{}, p)
	for text, first := range map[string]int{
		"ShdPnd:\t1\n": 1, "ShdPnd:\t00000000000000g1\n": 1, "ShdPnd:\t00000000000000A1\n": 1, "x\nvoluntary_ctxt_switches:\t-1\n": 2,
		"nonvoluntary_ctxt_switches:\n": 1, "voluntary_ctxt_switches: 1\nvoluntary_ctxt_switches: 1\n": 2,
	} {
		malformed(t, &p, text, first, 1)
	}
	implausible(t, &p, "voluntary_ctxt_switches:\t18446744073709551615\nnonvoluntary_ctxt_switches:\t4\n", "voluntary_ctxt_switches", 0, 1)
	assert.Equal(t, Number{4, true}, p.NonvoluntarySwitches)
	implausible(t, &p, "voluntary_ctxt_switches:\t4\nnonvoluntary_ctxt_switches:\t18446744073709551615\n", "nonvoluntary_ctxt_switches", 0, 1)
	assert.Equal(t, Number{4, true}, p.VoluntarySwitches)
}

// FuzzPIDStatus holds both parsers of keys and numbers against a slow one that splits with the standard library.
func FuzzPIDStatus(f *testing.F) {
	f.Add(pidStatusText)
	f.Add(pidIOText)
	f.Fuzz(func(t *testing.T, text string) {
		var status PIDStatus
		var io PIDIO
		_, _ = status.Parse([]byte(text)), io.Parse([]byte(text))
		for key, got := range map[string]Number{
			"rchar": io.RChar, "wchar": io.WChar, "syscr": io.SyscR, "syscw": io.SyscW,
			"voluntary_ctxt_switches": status.VoluntarySwitches, "nonvoluntary_ctxt_switches": status.NonvoluntarySwitches,
		} {
			assert.Equal(t, keyOracle(text, key, func(word string) (uint64, bool) {
				n, err := strconv.ParseUint(word, 10, 64)
				return n, err == nil && n <= maxCount
			}), got, key)
		}
		assert.Equal(t, keyOracle(text, "ShdPnd", func(word string) (n uint64, ok bool) {
			for _, digit := range word {
				bits, err := strconv.ParseUint(string(digit), 16, 4)
				if err != nil || digit >= 'A' && digit <= 'F' {
					return 0, false
				}
				n += uint64(strings.Count(fmt.Sprintf("%b", bits), "1"))
			}
			return n, len(word) == 16 || len(word) == 32
		}), status.PendingSignals)
	})
}

// keyOracle is the number in the first line of the key that has one.
func keyOracle(text, key string, read func(string) (uint64, bool)) Number {
	for _, line := range strings.Split(text, "\n") {
		have, value, _ := strings.Cut(line, ":")
		words := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' })
		if have != key || len(words) != 1 {
			continue
		}
		if n, ok := read(words[0]); ok {
			return Number{n, true}
		}
	}
	return Number{}
}

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

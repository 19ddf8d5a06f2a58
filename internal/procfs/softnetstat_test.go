// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const softnetText = "00000014 00000001 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000\n" +
	"00005fa5 ffffffff 0000000a 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000003 00000000 00000000\n"

func TestSoftnetStat(t *testing.T) {
	var s SoftnetStat
	malformed(t, &s, softnetText, 0, 0)
	assert.Equal(t, []SoftnetCPU{{0, known(1), known(2)}, {3, known(1<<32 - 1), known(10)}}, s.CPUs)
	assert.True(t, s.Numbered)
	malformed(t, &s, "00000014 00000001 00000002\n00000014 00000003 00000004\n", 0, 0)
	assert.Equal(t, []SoftnetCPU{{0, known(1), known(2)}, {1, known(3), known(4)}}, s.CPUs, "old kernels do not say which CPU it is")
	assert.False(t, s.Numbered)
	for _, line := range []string{"", "00000014 00000001"} {
		malformed(t, &s, line+"\n00000014 00000003 00000004\n", 1, 1)
		assert.Len(t, s.CPUs, 1, line)
	}
	for _, value := range []string{"1", "0000000g", "000000002", "-0000001", "ffffffffffffffff"} {
		implausible(t, &s, "x "+value+" 00000002\n00000014 00000003 00000004\n", "dropped", 1, 1)
		assert.Equal(t, []SoftnetCPU{{Number: 0, TimeSqueeze: known(2)}, {1, known(3), known(4)}}, s.CPUs)
		implausible(t, &s, "00000014 00000001 "+value+"\n00000014 00000003 00000004\n", "time_squeeze", 1, 1)
		assert.Equal(t, []SoftnetCPU{{Number: 0, Dropped: known(1)}, {1, known(3), known(4)}}, s.CPUs)
	}
	malformed(t, &s, strings.Replace(softnetText, "00000003", "00002000", 1), 2, 1)
}

func TestNfConntrack(t *testing.T) {
	var c NfConntrack
	malformed(t, &c, "262144\n", 0, 0)
	assert.Equal(t, known(262144), c.Entries)
	for _, text := range []string{"", "x\n", "-1\n", "9223372036854775808\n"} {
		malformed(t, &c, text, 1, 1)
		assert.False(t, c.Entries.Known)
	}
}

// FuzzSoftnetStat reads the columns again with the standard library.
func FuzzSoftnetStat(f *testing.F) {
	f.Add(softnetText)
	f.Fuzz(func(t *testing.T, text string) {
		var s SoftnetStat
		_ = s.Parse([]byte(text))
		want := []SoftnetCPU{}
		for number, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
			if len(fields) <= 2 {
				continue
			}
			numberOf := func(i int) (n Number) {
				value, err := strconv.ParseUint(fields[i], 16, 32)
				if err == nil && len(fields[i]) == 8 {
					return known(value)
				}
				return n
			}
			cpu := SoftnetCPU{number, numberOf(1), numberOf(2)}
			if len(fields) > 12 {
				if cpu.Number = int(numberOf(12).N); !numberOf(12).Known {
					continue
				}
			}
			if cpu.Number < maxCPUs && len(want) < maxCPUs {
				want = append(want, cpu)
			}
		}
		assert.Equal(t, want, append([]SoftnetCPU{}, s.CPUs...))
	})
}

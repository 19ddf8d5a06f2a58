// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	pidStatText = "2915 (Web Content) S 2841 2842 2843 0 -1 4194560 102 9 7 8 41 12 5 6 20 0 28 0 218688 3133440 361 18446744073709551615 " +
		"94579005419520 94579005439401 140732848767552 0 0 0 0 0 0 0 0 0 17 0 0 0 33 0 0 94579005455408 94579005457024 94579023740928 " +
		"140732848773829 140732848773849 140732848773849 140732848775147 0\n"
	pidStatmText = "765 361 328 5 0 90 0\n"
)

// behind is what follows the name in pidStatText.
var behind = strings.TrimPrefix(pidStatText, "2915 (Web Content)")

func TestPIDStat(t *testing.T) {
	var s PIDStat
	malformed(t, &s, pidStatText, 0, 0)
	assert.Equal(t, PIDStat{
		Comm: []byte("Web Content"), State: 'S', PPID: 2841, MinFlt: 102, MajFlt: 7, UTime: 41, STime: 12, NumThreads: 28,
		StartTime: 218688, VSize: 3133440, StartStack: 140732848767552, BlkIODelayTicks: Number{33, true},
	}, s)

	for _, comm := range []string{") R 1 (", "(", ")", "))))", "", "\n", "a\nb", ") S 1 1 1 0\n2 (", "\xe2\x82", "kworker/u8:3-events_unbound", "tab\tand space "} {
		malformed(t, &s, "7 ("+comm+")"+behind, 0, 0)
		assert.Equal(t, comm, string(s.Comm))
		assert.Equal(t, uint32(2841), s.PPID)
		assert.Equal(t, uint64(218688), s.StartTime)
	}
	short := strings.Join(strings.Fields(behind)[:21], " ")
	malformed(t, &s, "7 (old kernel) "+short, 0, 0)
	assert.Equal(t, uint64(3133440), s.VSize)
	assert.False(t, s.BlkIODelayTicks.Known)
}

func TestPIDStatMalformed(t *testing.T) {
	change := func(field int, to string) string {
		fields := strings.Fields(behind)
		fields[field] = to
		return "7 (x) " + strings.Join(fields, " ")
	}
	for name, text := range map[string]string{
		"empty":             "",
		"no name":           "7 x S 1 2",
		"a name that opens": "7 (x S 1 2",
		"turned around":     "7 )x( S 1 2",
		"nothing behind":    "7 (x)",
		"cut off":           "7 (x) S 2841 2842 2843 0 -1 4194560 102",
		"long state":        change(statState, "SS"),
		"negative parent":   change(statPPID, "-1"),
		"large parent":      change(statPPID, "2147483648"),
		"faults":            change(statMinFlt, "x"),
		"major faults":      change(statMajFlt, "1.5"),
		"user time":         change(statUTime, "-3"),
		"beyond all time":   change(statUTime, "18446744073709551615"),
		"system time":       change(statSTime, "0x3"),
		"threads":           change(statThreads, ""+"t"),
		"start":             change(statStartTime, "18446744073709551615"),
		"size":              change(statVSize, "99999999999999999999"),
		"stack":             change(statStack, "-"),
		"block I/O":         change(statBlkIO, "x"),
	} {
		t.Run(name, func(t *testing.T) {
			var s PIDStat
			malformed(t, &s, text, 1, 1)
			s.bad.Count, s.bad.First = 0, 0
			assert.Equal(t, PIDStat{}, s)
		})
	}
}

// FuzzPIDStat holds the parser against a slow one that splits with the standard library.
func FuzzPIDStat(f *testing.F) {
	f.Add(pidStatText)
	f.Add("1 (a) b) R 1 2" + behind[8:])
	f.Add("1 (\n) Z 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0")
	f.Fuzz(func(t *testing.T, text string) {
		var s PIDStat
		err := s.Parse([]byte(text))
		want, ok := pidStatOracle(text)
		assert.Equal(t, ok, err == nil)
		s.bad.Count, s.bad.First = 0, 0
		assert.Equal(t, fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", s))
	})
}

func pidStatOracle(text string) (s PIDStat, ok bool) {
	_, rest, ok := strings.Cut(text, "(")
	end := strings.LastIndex(rest, ")")
	if !ok || end < 0 {
		return PIDStat{}, false
	}
	comm := rest[:end]
	line, _, _ := strings.Cut(rest[end+1:], "\n")
	fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(fields) < 21 {
		return PIDStat{}, false
	}
	for i, limit := range map[int]uint64{
		statPPID: 1<<31 - 1, statMinFlt: 1<<64 - 1, statMajFlt: 1<<64 - 1, statThreads: 1<<64 - 1, statVSize: 1<<64 - 1, statStack: 1<<64 - 1,
		statUTime: maxTicks, statSTime: maxTicks, statStartTime: maxTicks, statBlkIO: maxTicks,
	} {
		if i < len(fields) {
			n, err := strconv.ParseUint(fields[i], 10, 64)
			if err != nil || n > limit {
				return PIDStat{}, false
			}
		}
	}
	n := func(i int) uint64 { n, _ := strconv.ParseUint(fields[i], 10, 64); return n }
	if len(fields[0]) != 1 {
		return PIDStat{}, false
	}
	s = PIDStat{
		Comm: []byte(comm), State: fields[0][0], PPID: uint32(n(1)), MinFlt: n(7), MajFlt: n(9), UTime: n(11), STime: n(12),
		NumThreads: n(17), StartTime: n(19), VSize: n(20),
	}
	if len(fields) > 25 {
		s.StartStack = n(25)
	}
	if len(fields) > 39 {
		s.BlkIODelayTicks = Number{n(39), true}
	}
	return s, true
}

func TestPIDStatm(t *testing.T) {
	var s PIDStatm
	malformed(t, &s, pidStatmText, 0, 0)
	assert.Equal(t, PIDStatm{Size: 765, Resident: 361}, s)
	malformed(t, &s, "0 0 0 0 0 0 0\n", 0, 0)
	for _, text := range []string{"", "1", "1 x", "x 1", "-1 1", "140737488355328 1", "1 140737488355328"} {
		malformed(t, &s, text, 1, 1)
		assert.Zero(t, s.Size+s.Resident)
	}
}

// FuzzPIDStatm writes what was read as the kernel does and reads it again.
func FuzzPIDStatm(f *testing.F) {
	f.Add(pidStatmText)
	f.Fuzz(func(t *testing.T, text string) {
		var s, again PIDStatm
		if s.Parse([]byte(text)) != nil {
			return
		}
		assert.Equal(t, fmt.Sprint(s.Size, s.Resident), strings.Join(slices.Collect(func(yield func(string) bool) {
			for _, field := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' })[:2] {
				n, err := strconv.ParseUint(field, 10, 64)
				assert.NoError(t, err)
				yield(fmt.Sprint(n))
			}
		}), " "))
		assert.NoError(t, again.Parse(fmt.Appendf(nil, "%d %d 1 2 0 3 0\n", s.Size, s.Resident)))
		assert.Equal(t, s, again)
	})
}

func BenchmarkPIDStat(b *testing.B) {
	var s PIDStat
	in := []byte(pidStatText)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		_ = s.Parse(in)
	}
}

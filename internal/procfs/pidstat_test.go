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

	"github.com/superviz-io/hostprobe/internal/scan"
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
		Comm: []byte("Web Content"), State: 'S', PPID: Number{2841, true}, MinFlt: Number{102, true}, MajFlt: Number{7, true},
		UTime: Number{41, true}, STime: Number{12, true}, NumThreads: Number{28, true}, StartTime: Number{218688, true},
		VSize: Number{3133440, true}, StartStack: 140732848767552, BlkIODelayTicks: Number{33, true},
	}, s)

	for _, comm := range []string{") R 1 (", "(", ")", "))))", "", "\n", "a\nb", ") S 1 1 1 0\n2 (", "\xe2\x82", "kworker/u8:3-events_unbound", "tab\tand space "} {
		malformed(t, &s, "7 ("+comm+")"+behind, 0, 0)
		assert.Equal(t, comm, string(s.Comm))
		assert.Equal(t, Number{2841, true}, s.PPID)
		assert.Equal(t, Number{218688, true}, s.StartTime)
	}
	short := strings.Join(strings.Fields(behind)[:21], " ")
	malformed(t, &s, "7 (old kernel) "+short, 0, 0)
	assert.Equal(t, Number{3133440, true}, s.VSize)
	assert.False(t, s.BlkIODelayTicks.Known)
}

func TestPIDStatMalformed(t *testing.T) {
	for name, text := range map[string]string{
		"empty":             "",
		"no name":           "7 x S 1 2",
		"a name that opens": "7 (x S 1 2",
		"turned around":     "7 )x( S 1 2",
		"nothing behind":    "7 (x)",
		"cut off":           "7 (x) S 2841 2842 2843 0 -1 4194560 102",
		"cut off and wrong": "7 (x) S -1 2842 2843 0 -1 4194560 x",
	} {
		t.Run(name, func(t *testing.T) {
			var s PIDStat
			malformed(t, &s, text, 1, 1)
			s.bad = scan.LineError{}
			assert.Equal(t, PIDStat{}, s)
		})
	}
}

// TestPIDStatImplausible: a field that cannot be right costs itself, and neither its process nor the fields beside it.
func TestPIDStatImplausible(t *testing.T) {
	for _, tt := range []struct {
		name   string
		field  int
		values []string
		change func(*PIDStat)
	}{
		{"state", statState, []string{"SS"}, func(s *PIDStat) { s.State = 0 }},
		{"ppid", statPPID, []string{"-1", "2147483648"}, func(s *PIDStat) { s.PPID = Number{} }},
		{"min_flt", statMinFlt, []string{"x", "18446744073709551613"}, func(s *PIDStat) { s.MinFlt = Number{} }},
		{"maj_flt", statMajFlt, []string{"1.5", "9223372036854775808"}, func(s *PIDStat) { s.MajFlt = Number{} }},
		{"utime", statUTime, []string{"-3", "18446744073709551615"}, func(s *PIDStat) { s.UTime = Number{} }},
		{"stime", statSTime, []string{"0x3", "18446744073709551615"}, func(s *PIDStat) { s.STime = Number{} }},
		{"num_threads", statThreads, []string{"t", "4294967295", "-1"}, func(s *PIDStat) { s.NumThreads = Number{} }},
		{"start_time", statStartTime, []string{"18446744073709551615"}, func(s *PIDStat) { s.StartTime = Number{} }},
		{"vsize", statVSize, []string{"99999999999999999999", "18446744073709547520"}, func(s *PIDStat) { s.VSize = Number{} }},
		{"start_stack", statStack, []string{"-"}, func(s *PIDStat) { s.StartStack = 0 }},
		{"blkio_ticks", statBlkIO, []string{"x", "18446744073709551613"}, func(s *PIDStat) { s.BlkIODelayTicks = Number{} }},
	} {
		for _, value := range tt.values {
			fields := strings.Fields(behind)
			fields[tt.field] = value
			var s, want PIDStat
			implausible(t, &s, "7 (x) "+strings.Join(fields, " "), tt.name, 0, 1)
			malformed(t, &want, "7 (x) "+behind, 0, 0)
			tt.change(&want)
			s.bad = scan.LineError{}
			assert.Equal(t, want, s)
		}
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
		want, implausible, ok := pidStatOracle(text)
		assert.Equal(t, ok && implausible == 0, err == nil)
		assert.Equal(t, implausible, s.bad.Fields)
		s.bad = scan.LineError{}
		assert.Equal(t, fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", s))
	})
}

func pidStatOracle(text string) (s PIDStat, implausible int, ok bool) {
	_, rest, ok := strings.Cut(text, "(")
	end := strings.LastIndex(rest, ")")
	if !ok || end < 0 {
		return PIDStat{}, 0, false
	}
	comm := rest[:end]
	line, _, _ := strings.Cut(rest[end+1:], "\n")
	fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(fields) < 21 {
		return PIDStat{}, 0, false
	}
	s.Comm = []byte(comm)
	if s.State = fields[0][0]; len(fields[0]) != 1 {
		s.State = 0
		implausible++
	}
	for i, field := range map[int]struct {
		n    *Number
		most uint64
	}{
		statPPID: {&s.PPID, 1<<31 - 1}, statMinFlt: {&s.MinFlt, maxCount}, statMajFlt: {&s.MajFlt, maxCount},
		statThreads: {&s.NumThreads, 1<<31 - 1}, statVSize: {&s.VSize, maxCount}, statUTime: {&s.UTime, maxTicks},
		statSTime: {&s.STime, maxTicks}, statStartTime: {&s.StartTime, maxTicks}, statBlkIO: {&s.BlkIODelayTicks, maxTicks},
	} {
		if i >= len(fields) {
			continue
		}
		if n, err := strconv.ParseUint(fields[i], 10, 64); err != nil || n > field.most {
			implausible++
		} else {
			*field.n = Number{n, true}
		}
	}
	if len(fields) > statStack {
		n, err := strconv.ParseUint(fields[statStack], 10, 64)
		if s.StartStack = n; err != nil {
			s.StartStack = 0
			implausible++
		}
	}
	return s, implausible, true
}

func TestPIDStatm(t *testing.T) {
	var s PIDStatm
	malformed(t, &s, pidStatmText, 0, 0)
	assert.Equal(t, PIDStatm{Size: Number{765, true}, Resident: Number{361, true}}, s)
	malformed(t, &s, "0 0 0 0 0 0 0\n", 0, 0)
	for _, text := range []string{"", "1"} {
		malformed(t, &s, text, 1, 1)
		assert.False(t, s.Size.Known || s.Resident.Known)
	}
	for _, value := range []string{"x", "-1", "140737488355328", "18446744073709551615"} {
		implausible(t, &s, "1 "+value+" 3 4", "resident", 0, 1)
		assert.Equal(t, [2]Number{{1, true}}, [2]Number{s.Size, s.Resident})
		implausible(t, &s, value+" 1 3 4", "size", 0, 1)
		assert.Equal(t, [2]Number{1: {1, true}}, [2]Number{s.Size, s.Resident})
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
		assert.Equal(t, fmt.Sprint(s.Size.N, s.Resident.N), strings.Join(slices.Collect(func(yield func(string) bool) {
			for _, field := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' })[:2] {
				n, err := strconv.ParseUint(field, 10, 64)
				assert.NoError(t, err)
				yield(fmt.Sprint(n))
			}
		}), " "))
		assert.NoError(t, again.Parse(fmt.Appendf(nil, "%d %d 1 2 0 3 0\n", s.Size.N, s.Resident.N)))
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

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

const statText = `cpu  30 4 62 1300 8 10 12 14 3 1
cpu0 10 1 20 600 3 4 5 6 2 1
cpu2 20 3 42 700 5 6 7 8 1 0
intr 114930548 113199788 3 0 5
ctxt 1990473
btime 1767225600
processes 2915
procs_running 1
procs_blocked 0
softirq 183433 0 21755 12 39 1137 231
`

// statCPU is a CPU of which all times are known.
func statCPU(number int, ticks ...uint64) StatCPU {
	n := func(i int) Number { return Number{ticks[i], true} }
	return StatCPU{number, n(0), n(1), n(2), n(3), n(4), n(5), n(6), n(7)}
}

func TestStat(t *testing.T) {
	var s Stat
	malformed(t, &s, statText, 0, 0)
	assert.Equal(t, []StatCPU{
		statCPU(0, 10, 1, 20, 600, 3, 4, 5, 6),
		statCPU(2, 20, 3, 42, 700, 5, 6, 7, 8),
	}, s.CPU)
	assert.Equal(t, Number{1767225600, true}, s.BootTime)
	assert.Equal(t, Number{114930548, true}, s.Interrupts)
	assert.Equal(t, Number{1990473, true}, s.ContextSwitches)
	assert.Equal(t, Number{2915, true}, s.Processes)

	malformed(t, &s, "", 0, 0)
	assert.Empty(t, s.CPU)
	assert.False(t, s.BootTime.Known, "nothing stays of the text before")
}

func TestStatMalformed(t *testing.T) {
	const good = "cpu1 1 2 3 4 5 6 7 8 9 10\n"
	for name, tt := range map[string]struct {
		text         string
		first, count int
		cpus         int
	}{
		"short":            {"cpu0 1 2 3 4 5 6 7\n" + good, 1, 1, 1},
		"cut off":          {good + "cpu2 1 2 3", 2, 1, 1},
		"no number":        {"cpux 1 2 3 4 5 6 7 8 9 10\n" + good, 1, 1, 1},
		"number too large": {"cpu8192 1 2 3 4 5 6 7 8 9 10\n" + good, 1, 1, 1},
		"twice":            {good + good, 2, 1, 1},
		"falling":          {good + "cpu0 1 2 3 4 5 6 7 8 9 10\n", 2, 1, 1},
		"btime":            {good + "btime soon\n", 2, 1, 1},
		"intr":             {"intr\n" + good, 1, 1, 1},
		"ctxt twice":       {"ctxt 1\nctxt 2\n" + good, 2, 1, 1},
		"two lines":        {"cpu0 x\n" + good + "btime -1\n", 1, 2, 1},
		"not the file":     {"\x7fELF\x02\x01\n\n\x00", 0, 0, 0},
		"lines we skip":    {"cpu  x\nsoftirq\nprocs_blocked x\n" + good, 0, 0, 1},
		"eight columns":    {"cpu0 1 2 3 4 5 6 7 8", 0, 0, 1},
		"columns to come":  {"cpu0 1 2 3 4 5 6 7 8 9 10 11 12 new", 0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var s Stat
			malformed(t, &s, tt.text, tt.first, tt.count)
			assert.Len(t, s.CPU, tt.cpus)
		})
	}
}

// TestStatImplausible: a time that cannot be right costs itself, and neither its CPU nor the times beside it.
func TestStatImplausible(t *testing.T) {
	one := func(change func(*StatCPU)) []StatCPU {
		cpu := statCPU(0, 1, 2, 3, 4, 5, 6, 7, 8)
		change(&cpu)
		return []StatCPU{cpu, statCPU(1, 1, 2, 3, 4, 5, 6, 7, 8)}
	}
	const good = "cpu1 1 2 3 4 5 6 7 8 9 10\n"
	for name, tt := range map[string]struct {
		text, field string
		fields      int
		want        []StatCPU
	}{
		"steal":           {"cpu0 1 2 3 4 5 6 7 1504706785701 9 10\n" + good, "steal", 1, one(func(c *StatCPU) { c.Steal = Number{} })},
		"beyond all time": {"cpu0 18446744073709551615 2 3 4 5 6 7 8 9 10\n" + good, "user", 1, one(func(c *StatCPU) { c.User = Number{} })},
		"beyond 64 bits":  {"cpu0 1 2 3 4 99999999999999999999 6 7 8\n" + good, "iowait", 1, one(func(c *StatCPU) { c.IOWait = Number{} })},
		"negative":        {"cpu0 1 2 3 -4 5 6 7 8 9 10\n" + good, "idle", 1, one(func(c *StatCPU) { c.Idle = Number{} })},
		"a word":          {"cpu0 1 nice 3 4 5 6 7 8\n" + good, "nice", 1, one(func(c *StatCPU) { c.Nice = Number{} })},
		"what follows":    {"cpu0 1 2 3 4 5 6 7 8\r\n" + good, "steal", 1, one(func(c *StatCPU) { c.Steal = Number{} })},
		"some": {"cpu0 1 2 407125409371 4 5 6 x 8\n" + good, "system", 2, one(func(c *StatCPU) {
			c.System, c.SoftIRQ = Number{}, Number{}
		})},
		"all": {"cpu0 a b c d e f g h\n" + good, "user", 8, one(func(c *StatCPU) { *c = StatCPU{} })},
	} {
		t.Run(name, func(t *testing.T) {
			var s Stat
			implausible(t, &s, tt.text, tt.field, 1, tt.fields)
			assert.Equal(t, tt.want, s.CPU)
		})
	}
	for text, field := range map[string]string{
		"intr 18446744073709551615": "intr", "ctxt 9223372036854775808": "ctxt", "processes 9223372036854775808": "processes",
		"btime 9223372037": "btime",
	} {
		var s Stat
		implausible(t, &s, text+"\n"+good, field, 0, 1)
		assert.Equal(t, Stat{CPU: s.CPU, bad: s.bad}, s)
		assert.Len(t, s.CPU, 1)
	}
}

// FuzzStat holds the parser against a slow one that splits with the standard library.
func FuzzStat(f *testing.F) {
	f.Add(statText)
	f.Add("cpu0 1 2 3 4 5 6 7 8\ncpu0\t1 2 3 4 5 6 7 8\nbtime 9\n")
	f.Add("cpu0 1 2 407125409371 -4 5 6 7 18446744073709551613\nctxt 9223372036854775808\nctxt 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		var s Stat
		err := s.Parse([]byte(text))
		cpus, bad, fields := statOracle(text)
		assert.Equal(t, cpus, fmt.Sprint(s.CPU))
		assert.Equal(t, bad+fields > 0, err != nil)
		assert.Equal(t, bad, s.bad.Count)
		assert.Equal(t, fields, s.bad.Fields)
	})
}

func statOracle(text string) (cpus string, bad, implausible int) {
	last := -1
	seen := map[string]bool{}
	var read []StatCPU
	number := func(field string, most uint64) (n Number) {
		n.N, _ = strconv.ParseUint(field, 10, 64)
		if n.Known = digits(field, 64) && n.N <= most; !n.Known {
			implausible++
			return Number{}
		}
		return n
	}
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		switch {
		case len(fields) > 0 && !strings.HasPrefix(line, "cpu") && slices.Contains([]string{"btime", "intr", "ctxt", "processes"}, fields[0]):
			if len(fields) < 2 || !digits(fields[1], 64) || seen[fields[0]] {
				bad++
				continue
			}
			most := uint64(maxCount)
			if fields[0] == "btime" {
				most = maxSeconds
			}
			seen[fields[0]] = number(fields[1], most).Known
		case strings.HasPrefix(line, "cpu") && fields[0] != "cpu":
			n, err := strconv.ParseUint(fields[0][3:], 10, 13)
			if err != nil || int(n) <= last || len(fields) <= 8 {
				bad++
				continue
			}
			cpu := StatCPU{Number: int(n)}
			for i, ticks := range []*Number{
				&cpu.User, &cpu.Nice, &cpu.System, &cpu.Idle, &cpu.IOWait, &cpu.IRQ, &cpu.SoftIRQ, &cpu.Steal,
			} {
				*ticks = number(fields[i+1], maxTicks)
			}
			last = cpu.Number
			read = append(read, cpu)
		}
	}
	return fmt.Sprint(read), bad, implausible
}

func digits(s string, bits int) bool {
	_, err := strconv.ParseUint(s, 10, bits)
	return err == nil
}

func BenchmarkStat(b *testing.B) {
	for _, cpus := range []int{2, 256} {
		var text strings.Builder
		for i := range cpus {
			fmt.Fprintf(&text, "cpu%d 74608 2520 24433 1117073 6176 4054 12 9 0 0\n", i)
		}
		b.Run(fmt.Sprint(cpus), func(b *testing.B) {
			var s Stat
			in := []byte(text.String())
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				_ = s.Parse(in)
			}
		})
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// PIDStat is /proc/PID/stat.
//
//	2915 (Web Content) S 2841 2841 2841 0 -1 4194560 102 0 7 0 41 12 0 0 20 0 28 0 218688 3133440 361 ...
//
// Source: Documentation/filesystems/proc.rst, table 1-4 "Contents of the stat fields"; fs/proc/array.c, do_task_stat.
// The name stands between the first parenthesis and the last, and the process's user chooses it: it can hold
// parentheses, spaces and newlines, and a truncated rune at its end.
type PIDStat struct {
	// Comm is the name, 15 bytes at most, of kernel threads 63. It aliases the text that was parsed.
	Comm []byte
	// State is one of RSDTtZXIPW and what kernels may bring, see task_state_array in fs/proc/array.c. 0 is unknown.
	State          byte
	PPID           Number
	MinFlt, MajFlt Number // Page faults without and with I/O, of all threads.
	UTime, STime   Number // In ticks of USER_HZ, of all threads, those that ended included.
	NumThreads     Number
	StartTime      Number // In ticks since boot.
	VSize          Number // In bytes.
	// StartStack is the address of the stack's bottom: another one after each execve, where addresses are random. It is
	// 0 where we may not see it.
	StartStack      uint64
	BlkIODelayTicks Number // Waited for block I/O, in ticks. Where delay accounting is off it is 0.

	bad scan.LineError
}

// Fields behind the name, counted from 0.
const (
	statState     = 0
	statPPID      = 1
	statMinFlt    = 7
	statMajFlt    = 9
	statUTime     = 11
	statSTime     = 12
	statThreads   = 17
	statStartTime = 19
	statVSize     = 20
	statStack     = 25
	statBlkIO     = 39
)

// Parse reads the text of /proc/PID/stat. The error is nil or a *scan.LineError, valid until the next Parse; nothing is
// kept of malformed text, and of text with a field that cannot be right everything but that field.
func (s *PIDStat) Parse(b []byte) error {
	*s = PIDStat{}
	if !s.parse(b) {
		*s = PIDStat{}
		s.bad.Add(1)
	}
	return s.bad.Err()
}

func (s *PIDStat) parse(b []byte) (ok bool) {
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 0 || end < open {
		return false
	}
	s.Comm = b[open+1 : end]
	rest, _ := scan.Line(b[end+1:])
	for i := 0; i <= statBlkIO; i++ {
		var field []byte
		if field, rest = scan.Field(rest); len(field) == 0 {
			return i > statVSize // Kernels before 2.6.18 have fewer.
		}
		s.set(i, field)
	}
	return true
}

// set takes in the field with this number.
func (s *PIDStat) set(number int, field []byte) {
	switch number {
	case statState:
		if len(field) == 1 {
			s.State = field[0]
		} else {
			s.bad.AddField(0, "state")
		}
	case statStack:
		var ok bool
		if s.StartStack, ok = scan.Uint(field); !ok {
			s.bad.AddField(0, "start_stack")
		}
	case statPPID:
		s.number(&s.PPID, "ppid", field, math.MaxInt32)
	case statMinFlt:
		s.number(&s.MinFlt, "min_flt", field, maxCount)
	case statMajFlt:
		s.number(&s.MajFlt, "maj_flt", field, maxCount)
	case statThreads:
		s.number(&s.NumThreads, "num_threads", field, math.MaxInt32)
	case statVSize:
		s.number(&s.VSize, "vsize", field, maxCount)
	case statUTime:
		s.number(&s.UTime, "utime", field, maxTicks)
	case statSTime:
		s.number(&s.STime, "stime", field, maxTicks)
	case statStartTime:
		s.number(&s.StartTime, "start_time", field, maxTicks)
	case statBlkIO:
		s.number(&s.BlkIODelayTicks, "blkio_ticks", field, maxTicks)
	}
}

func (s *PIDStat) number(n *Number, name string, field []byte, most uint64) {
	value, ok := scan.Uint(field)
	if !ok || value > most {
		s.bad.AddField(0, name)
		return
	}
	*n = Number{value, true}
}

// PIDStatm is what is used of /proc/PID/statm, in pages.
//
//	765 361 328 5 0 90 0
//
// Source: Documentation/filesystems/proc.rst, table 1-3 "Contents of the statm fields"; fs/proc/task_mmu.c, task_statm.
// The field rss of /proc/PID/stat is the same number read without adding up what each CPU keeps for itself, which can
// be hundreds of pages for each CPU (Linux 6.2 and later; statm is exact from 6.17 on).
type PIDStatm struct {
	Size, Resident Number

	bad scan.LineError
}

// Parse reads the text of /proc/PID/statm. The error is nil or a *scan.LineError, valid until the next Parse.
func (s *PIDStatm) Parse(b []byte) error {
	*s = PIDStatm{}
	line, _ := scan.Line(b)
	size, line, _ := column(line, maxPages)
	resident, _, ok := column(line, maxPages)
	if !ok {
		s.bad.Add(1)
		return s.bad.Err()
	}
	s.Size, s.Resident = size, resident
	for i, n := range [...]Number{size, resident} {
		if !n.Known {
			s.bad.AddField(0, statmNames[i])
		}
	}
	return s.bad.Err()
}

var statmNames = [...]string{"size", "resident"}

// maxPages fits 63 bits in bytes with the largest pages there are, of 64 KiB.
const maxPages = math.MaxInt64 >> 16

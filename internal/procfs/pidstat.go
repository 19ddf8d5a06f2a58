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
// The name stands between the first parenthesis and the last, and whoever runs the process chooses it: it can hold
// parentheses, spaces and newlines, and a rune cut off at its end.
type PIDStat struct {
	// Comm is the name, 15 bytes at most, of kernel threads 63. It aliases the text that was parsed.
	Comm []byte
	// State is one of RSDTtZXIPW and what kernels may bring, see task_state_array in fs/proc/array.c.
	State          byte
	PPID           uint32
	MinFlt, MajFlt uint64 // Page faults without and with I/O, of all threads.
	UTime, STime   uint64 // In ticks of USER_HZ, of all threads, those that ended included.
	NumThreads     uint64
	StartTime      uint64 // In ticks since boot.
	VSize          uint64 // In bytes.
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
// kept of malformed text.
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
		if ok = s.set(i, field); !ok {
			return false
		}
	}
	return true
}

// set takes in the field with this number and reports whether it has the form of one.
func (s *PIDStat) set(number int, field []byte) (ok bool) {
	switch number {
	case statState:
		s.State = field[0]
		return len(field) == 1
	case statPPID:
		n, ok := scan.Uint(field)
		s.PPID = uint32(n)
		return ok && n <= math.MaxInt32
	case statMinFlt:
		s.MinFlt, ok = scan.Uint(field)
	case statMajFlt:
		s.MajFlt, ok = scan.Uint(field)
	case statThreads:
		s.NumThreads, ok = scan.Uint(field)
	case statVSize:
		s.VSize, ok = scan.Uint(field)
	case statStack:
		s.StartStack, ok = scan.Uint(field)
	case statUTime:
		s.UTime, ok = ticks(field)
	case statSTime:
		s.STime, ok = ticks(field)
	case statStartTime:
		s.StartTime, ok = ticks(field)
	case statBlkIO:
		s.BlkIODelayTicks.N, ok = ticks(field)
		s.BlkIODelayTicks.Known = ok
	default:
		return true // What nobody uses may be negative.
	}
	return ok
}

// ticks is a number that fits 64 bits in nanoseconds, also when some are added up.
func ticks(field []byte) (n uint64, ok bool) {
	n, ok = scan.Uint(field)
	return n, ok && n <= maxTicks
}

// PIDStatm is what is used of /proc/PID/statm, in pages.
//
//	765 361 328 5 0 90 0
//
// Source: Documentation/filesystems/proc.rst, table 1-3 "Contents of the statm fields"; fs/proc/task_mmu.c, task_statm.
// The field rss of /proc/PID/stat is the same number read without adding up what each CPU keeps for itself, which can
// be hundreds of pages for each CPU (Linux 6.2 and later; statm is exact from 6.17 on).
type PIDStatm struct {
	Size, Resident uint64

	bad scan.LineError
}

// Parse reads the text of /proc/PID/statm. The error is nil or a *scan.LineError, valid until the next Parse.
func (s *PIDStatm) Parse(b []byte) error {
	*s = PIDStatm{}
	line, _ := scan.Line(b)
	size, line := scan.Field(line)
	resident, _ := scan.Field(line)
	total, ok := scan.Uint(size)
	used, okUsed := scan.Uint(resident)
	if !ok || !okUsed || total > maxPages || used > maxPages {
		s.bad.Add(1)
		return s.bad.Err()
	}
	s.Size, s.Resident = total, used
	return nil
}

// maxPages fits 63 bits in bytes with the largest pages there are, of 64 KiB.
const maxPages = math.MaxInt64 >> 16

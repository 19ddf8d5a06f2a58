// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math/bits"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// PIDIO is what is used of /proc/PID/io: what a process has read and written through system calls, whatever was behind
// them: files, pipes, sockets and terminals.
//
//	rchar: 6976
//	syscr: 10
//
// Source: Documentation/filesystems/proc.rst, 3.3 "/proc/<pid>/io"; fs/proc/base.c, do_io_accounting. Another user's
// takes CAP_SYS_PTRACE, at each read.
type PIDIO struct {
	RChar, WChar Number // Bytes.
	SyscR, SyscW Number // System calls.

	bad scan.LineError
}

// Parse reads the text of /proc/PID/io. The error is nil or a *scan.LineError, valid until the next Parse.
func (p *PIDIO) Parse(b []byte) error {
	*p = PIDIO{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		key, value, _ := bytes.Cut(line, []byte{':'})
		switch string(key) {
		case "rchar":
			p.RChar.readWord(&p.bad, number, "rchar", value, scan.Uint)
		case "wchar":
			p.WChar.readWord(&p.bad, number, "wchar", value, scan.Uint)
		case "syscr":
			p.SyscR.readWord(&p.bad, number, "syscr", value, scan.Uint)
		case "syscw":
			p.SyscW.readWord(&p.bad, number, "syscw", value, scan.Uint)
		}
	}
	return p.bad.Err()
}

// readWord takes in the only word of value, or notes that the line with this number is malformed, or the number in it implausible.
func (n *Number) readWord(bad *scan.LineError, line int, name string, value []byte, read func([]byte) (uint64, bool)) {
	word, rest := scan.Field(value)
	more, _ := scan.Field(rest)
	count, ok := read(word)
	n.read(bad, line, name, count, ok && len(more) == 0, maxCount)
}

// PIDStatus is what is used of /proc/PID/status, and of the same file of a thread, /proc/PID/task/TID/status.
//
//	ShdPnd:	0000000000000000
//	voluntary_ctxt_switches:	150
//	nonvoluntary_ctxt_switches:	545
//
// Source: Documentation/filesystems/proc.rst, table 1-2 "Contents of the status fields"; fs/proc/array.c. The name in
// its first line is escaped, so that no name makes lines. Switches are those of one thread.
type PIDStatus struct {
	// PendingSignals is how many signals wait for the process as a whole, ShdPnd; one that waits twice is one.
	PendingSignals       Number
	VoluntarySwitches    Number
	NonvoluntarySwitches Number

	bad scan.LineError
}

// Parse reads the text of /proc/PID/status. The error is nil or a *scan.LineError, valid until the next Parse.
func (p *PIDStatus) Parse(b []byte) error {
	*p = PIDStatus{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		key, value, _ := bytes.Cut(line, []byte{':'})
		switch string(key) {
		case "ShdPnd":
			p.PendingSignals.readWord(&p.bad, number, "ShdPnd", value, signals)
		case "voluntary_ctxt_switches":
			p.VoluntarySwitches.readWord(&p.bad, number, "voluntary_ctxt_switches", value, scan.Uint)
		case "nonvoluntary_ctxt_switches":
			p.NonvoluntarySwitches.readWord(&p.bad, number, "nonvoluntary_ctxt_switches", value, scan.Uint)
		}
	}
	return p.bad.Err()
}

// signals counts the bits of a set of signals: 16 hexadecimal digits, 32 on MIPS, which has 128 signals.
func signals(set []byte) (n uint64, ok bool) {
	if len(set) != 16 && len(set) != 32 {
		return 0, false
	}
	for _, c := range set {
		switch {
		case c >= '0' && c <= '9':
			n += uint64(bits.OnesCount8(c - '0'))
		case c >= 'a' && c <= 'f':
			n += uint64(bits.OnesCount8(c - 'a' + 10))
		default:
			return 0, false
		}
	}
	return n, true
}

// PIDNamespaceDepth returns the number of pid namespaces in the line NSpid of /proc/PID/status, from that of the procfs that
// is read down to that of the process; 0 if there is no such line, as before Linux 4.1.
//
// Source: fs/proc/array.c, task_state.
func PIDNamespaceDepth(status []byte) (depth int) {
	for len(status) > 0 {
		var line []byte
		line, status = scan.Line(status)
		if numbers, ok := bytes.CutPrefix(line, []byte("NSpid:")); ok {
			return len(bytes.Fields(numbers))
		}
	}
	return 0
}

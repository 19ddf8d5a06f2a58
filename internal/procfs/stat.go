// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// maxCPUs bounds the CPU numbers that are believed, and the CPUs of a file. The kernel's own limit, CONFIG_NR_CPUS, is 8192
// at most.
const maxCPUs = 8192

// TicksPerSecond is USER_HZ, the unit of the times in /proc/stat: 100 on every architecture that Go supports.
const TicksPerSecond = 100

// Stat is /proc/stat.
//
//	cpu  74608 2520 24433 1117073 6176 4054 0 0 0 0
//	cpu0 74608 2520 24433 1117073 6176 4054 0 0 0 0
//	intr 114930548 113199788 3 0 5 ...
//	ctxt 1990473
//	btime 1767225600
//	processes 2915
//
// Source: Documentation/filesystems/proc.rst, 1.7 "Miscellaneous kernel statistics in /proc/stat"; fs/proc/stat.c.
type Stat struct {
	// CPU has the lines cpu0, cpu1, …: the CPUs that are online, by rising number. Reused by the next Parse.
	CPU []StatCPU
	// Interrupts is the first number of intr, all interrupts serviced since boot.
	Interrupts Number
	// ContextSwitches is ctxt, all context switches since boot.
	ContextSwitches Number
	// Processes is how many tasks, processes and threads alike, were created since boot.
	Processes Number
	// BootTime is btime, when the system booted, in seconds since the Unix epoch.
	BootTime Number

	bad scan.LineError
}

// StatCPU is the time that one CPU has spent in each state since boot, in ticks of USER_HZ.
// User includes guest and Nice includes guest_nice, as the kernel counts them.
type StatCPU struct {
	Number                                                int
	User, Nice, System, Idle, IOWait, IRQ, SoftIRQ, Steal uint64
}

// Parse reads the text of /proc/stat. The error is nil or a *scan.LineError, valid until the next Parse.
func (s *Stat) Parse(b []byte) error {
	*s = Stat{CPU: s.CPU[:0]}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		if !s.parseLine(line) {
			s.bad.Add(number)
		}
	}
	return s.bad.Err()
}

func (s *Stat) parseLine(line []byte) bool {
	if bytes.HasPrefix(line, []byte("cpu")) {
		return s.parseCPU(line)
	}
	var field *Number
	key, rest := scan.Field(line)
	switch string(key) {
	case "intr":
		field = &s.Interrupts
	case "ctxt":
		field = &s.ContextSwitches
	case "processes":
		field = &s.Processes
	case "btime":
		field = &s.BootTime
	default:
		return true
	}
	n, _, ok := scan.UintField(rest)
	return field.set(n, ok)
}

func (s *Stat) parseCPU(line []byte) bool {
	name, rest := scan.Field(line)
	if len(name) == len("cpu") {
		return true // The sum of all CPUs, which every reader makes from the lines below.
	}
	number, ok := scan.Uint(name[len("cpu"):])
	if !ok || number >= maxCPUs {
		return false
	}
	cpu := StatCPU{Number: int(number)}
	// The kernel lists CPUs by rising number, so a CPU that stands twice is seen here.
	if n := len(s.CPU); n > 0 && cpu.Number <= s.CPU[n-1].Number {
		return false
	}
	for _, ticks := range [...]*uint64{
		&cpu.User, &cpu.Nice, &cpu.System, &cpu.Idle, &cpu.IOWait, &cpu.IRQ, &cpu.SoftIRQ, &cpu.Steal,
	} {
		if *ticks, rest, ok = scan.UintField(rest); !ok || *ticks > maxTicks {
			return false
		}
	}
	s.CPU = append(s.CPU, cpu)
	return true
}

// maxTicks keeps the nanoseconds of one state, and the sum of all states, within 64 bits: 73 years.
const maxTicks = (1 << 61) / (1_000_000_000 / TicksPerSecond)

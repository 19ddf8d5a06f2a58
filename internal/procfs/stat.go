// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math"

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
// User includes guest and Nice includes guest_nice, as the kernel counts them. A time that is beyond all time is unknown:
// kernels have let steal and system run away, on guests of Xen and KVM and on emulated machines, while the others went on.
type StatCPU struct {
	Number                                                int
	User, Nice, System, Idle, IOWait, IRQ, SoftIRQ, Steal Number
}

// cpuColumns are the names of the times, in the order of the file.
var cpuColumns = [...]string{"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"}

// Parse reads the text of /proc/stat. The error is nil or a *scan.LineError, valid until the next Parse.
func (s *Stat) Parse(b []byte) error {
	*s = Stat{CPU: s.CPU[:0]}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		s.parseLine(number, line)
	}
	return s.bad.Err()
}

func (s *Stat) parseLine(number int, line []byte) {
	if bytes.HasPrefix(line, []byte("cpu")) {
		if !s.parseCPU(number, line) {
			s.bad.Add(number)
		}
		return
	}
	key, rest := scan.Field(line)
	n, _, ok := scan.UintField(rest)
	switch string(key) {
	case "intr":
		s.Interrupts.read(&s.bad, number, "intr", n, ok, maxCount)
	case "ctxt":
		s.ContextSwitches.read(&s.bad, number, "ctxt", n, ok, maxCount)
	case "processes":
		s.Processes.read(&s.bad, number, "processes", n, ok, maxCount)
	case "btime":
		s.BootTime.read(&s.bad, number, "btime", n, ok, maxSeconds)
	}
}

func (s *Stat) parseCPU(at int, line []byte) bool {
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
	var unknown uint
	for i, ticks := range [...]*Number{
		&cpu.User, &cpu.Nice, &cpu.System, &cpu.Idle, &cpu.IOWait, &cpu.IRQ, &cpu.SoftIRQ, &cpu.Steal,
	} {
		if *ticks, rest, ok = column(rest, maxTicks); !ok {
			return false
		}
		if !ticks.Known {
			unknown |= 1 << i
		}
	}
	for i := range cpuColumns {
		if unknown&(1<<i) != 0 {
			s.bad.AddField(at, cpuColumns[i])
		}
	}
	s.CPU = append(s.CPU, cpu)
	return true
}

const (
	// maxTicks keeps the nanoseconds of one state, and the sum of all states, within 64 bits: 73 years.
	maxTicks = (1 << 61) / (1_000_000_000 / TicksPerSecond)
	// maxSeconds keeps the nanoseconds since the epoch within 63 bits: the year 2262.
	maxSeconds = math.MaxInt64 / 1_000_000_000
)

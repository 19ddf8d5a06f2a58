// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// CPU is the logical CPUs of the host.
type CPU struct {
	// Online has the CPUs that are online, by rising number.
	Online []LogicalCPU
	// Offline has the CPUs that were online before, since the probe was opened, and are not now, with the times they
	// had last. A sum over CPUs that is to grow only must include them.
	Offline []LogicalCPU
	// PhysicalCount is the number of physical cores with a CPU online.
	PhysicalCount Quantity
	// Frequencies has the current frequency of the CPUs that report one.
	Frequencies []CPUFrequency
}

// LogicalCPU is one logical CPU.
type LogicalCPU struct {
	// Number is the kernel's number of the CPU, from 0.
	Number int
	// Times is what the CPU has spent in each state since boot.
	Times CPUTimes
	// Since is what it has spent since the snapshot before, if SinceKnown: not in the first snapshot that has
	// this CPU, nor when a counter was reset in between.
	Since      CPUTimes
	SinceKnown bool
	// Lost is what it had counted when it came back online with its counters reset, since the probe was opened. A sum over
	// CPUs that is not to fall when one goes and comes must include it.
	Lost CPUTimes
}

// CPUTimes is time in nanoseconds by state. The states do not overlap: User includes the time of guests.
type CPUTimes struct {
	User, Nice, System, Idle, IOWait, IRQ, SoftIRQ, Steal uint64
}

// Plus is the sum of both, state by state.
func (t CPUTimes) Plus(o *CPUTimes) CPUTimes {
	return CPUTimes{
		User: t.User + o.User, Nice: t.Nice + o.Nice, System: t.System + o.System, Idle: t.Idle + o.Idle,
		IOWait: t.IOWait + o.IOWait, IRQ: t.IRQ + o.IRQ, SoftIRQ: t.SoftIRQ + o.SoftIRQ, Steal: t.Steal + o.Steal,
	}
}

// Total is the time in all states.
func (t *CPUTimes) Total() uint64 {
	return t.User + t.Nice + t.System + t.Idle + t.IOWait + t.IRQ + t.SoftIRQ + t.Steal
}

// CPUFrequency is the frequency of one logical CPU.
type CPUFrequency struct {
	Number int
	Hertz  uint64
}

// CPUWant selects fields of CPU.
type CPUWant struct {
	Times         bool // Online and Offline.
	PhysicalCount bool
	Frequencies   bool
}

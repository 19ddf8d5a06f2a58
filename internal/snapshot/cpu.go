// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// CPU is the logical CPUs of the host.
type CPU struct {
	// Online has the CPUs that are online, by rising number.
	Online []LogicalCPU
	// Offline has the CPUs that were online before, since the probe was opened, and are not now, with what they had counted
	// last. A sum over CPUs that is to grow only must include it.
	Offline []OfflineCPU
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
	// Since is what it has spent since the snapshot before. It is unknown in the first snapshot that has this CPU, nor, of
	// a single state, when its counter was reset in between or one of both values could not be believed.
	Since CPUTimes
	// Counted is what the CPU adds to a sum over CPUs that is not to fall when one goes and comes, or when a state becomes
	// unknown: the times as known last, and what it had counted before it came back online with its counters reset.
	Counted CPUTimes
}

// OfflineCPU is a logical CPU that is not online.
type OfflineCPU struct {
	Number  int
	Counted CPUTimes // See LogicalCPU.
}

// CPUState is what a logical CPU does.
type CPUState uint8

// The states. They do not overlap: CPUUser and CPUNice include the time of guests.
const (
	CPUUser CPUState = iota
	CPUNice
	CPUSystem
	CPUIdle
	CPUIOWait
	CPUIRQ
	CPUSoftIRQ
	CPUSteal
	// NumCPUStates is how many there are.
	NumCPUStates
)

// CPUTimes is time in nanoseconds by state.
type CPUTimes [NumCPUStates]Quantity

// Total is the time in all states of which it is known, 0 if it is known of none.
func (t *CPUTimes) Total() (total uint64) {
	for _, state := range t {
		if state.Known {
			total += state.N
		}
	}
	return total
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

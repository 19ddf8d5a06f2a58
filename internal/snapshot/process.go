// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// ProcessCounter is a number of a process that only grows while it lives.
type ProcessCounter uint8

// The counters. Times are in nanoseconds, of all threads of the process.
const (
	ProcessUserTime ProcessCounter = iota
	ProcessSystemTime
	ProcessWaitTime // Waited for block I/O.
	ProcessReadBytes
	ProcessWrittenBytes
	ProcessReads
	ProcessWrites
	ProcessMajorFaults
	ProcessMinorFaults
	ProcessVoluntarySwitches
	ProcessInvoluntarySwitches
	// NumProcessCounters is how many there are.
	NumProcessCounters
)

// ProcessCounters is one number of each.
type ProcessCounters [NumProcessCounters]Quantity

// ProcessList is the processes that are selected.
type ProcessList struct {
	List []Process
	// Top are some of those that are selected, in List or not: our own process first, then those with most CPU time since
	// the snapshot before. They are chosen only when that is requested.
	Top []Process
	// Others is the sum of the processes that are selected and not in List, where HasOthers. Its counters are the
	// increases of all that ever were among them, so that they never fall; it has no names.
	Others    Process
	HasOthers bool
	// Groups are the processes of List that share all attributes that have series, if processes are grouped.
	Groups []ProcessGroup
	// Elapsed is the time since the snapshot before, in nanoseconds. The CPUs' time in it is CPUs times as much.
	Elapsed Quantity
	CPUs    Quantity // Logical CPUs online.
	Memory  Quantity // Of the host, in bytes.
	// Hidden is how many processes we lack the privileges to read, as a whole or in part.
	Hidden uint64
}

// ProcessGroup is one or more processes that share all attributes which tell series apart.
type ProcessGroup struct {
	// Members are indices into ProcessList.List, in its order; at least one. They are valid until the next snapshot.
	Members []int32
	// Start is when the counters began, in nanoseconds since the Unix epoch, 0 if that is unknown. It stays while the group has
	// members.
	Start int64
	// Counters are the increases of all that were members since Start. They never fall when a process ends.
	Counters ProcessCounters
}

// Process is one process. Empty strings are unknown, or there is none: threads of the kernel have neither a path nor a
// command line.
type Process struct {
	PID       uint32
	ParentPID Quantity
	// Start is when it started, in nanoseconds since the Unix epoch, 0 if that is unknown. With PID it tells it from all
	// other processes since boot.
	Start int64
	// Age is how long it has been running, in nanoseconds, by a clock that is never set; by Start where the host has no uptime.
	Age Quantity

	Name        string // Of the executable: the kernel's name, completed where the kernel cut it.
	Path        string // Of the executable.
	Command     string // The first argument.
	CommandLine string // All arguments, masked if that is requested.
	Owner       string // Name of the effective user.
	Cgroup      string

	Status      ProcessStatus // Where StatusKnown.
	StatusKnown bool

	Counters ProcessCounters
	// Since is how much the counters have grown since the snapshot before, if it has the process and knows them. One that has
	// fallen is unknown.
	Since ProcessCounters

	Resident, Virtual Quantity // Memory, in bytes.
	Threads           Quantity
	FileDescriptors   Quantity // Open ones.
	// FileDescriptorLimit is the soft limit on them.
	FileDescriptorLimit Quantity
	SignalsPending      Quantity
}

// ProcessWant selects what is read of each process beyond what listing it takes.
type ProcessWant struct {
	Age                 bool
	Memory              bool // Resident and Virtual.
	MemoryShare         bool // ProcessList.Memory.
	IO                  bool // The counters of bytes and calls.
	Switches            bool // The counters of context switches.
	Signals             bool // SignalsPending.
	FileDescriptors     bool
	FileDescriptorLimit bool
	Utilization         bool // Since, and ProcessList.CPUs.
	Command             bool // Command and CommandLine.
	Path                bool
	Owner               bool
	Cgroup              bool
	Top                 bool // ProcessList.Top.
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Quota is what the cgroup that we run in may use and has used. A limit is the tightest of the cgroup and its ancestors;
// where none is set, it is unknown.
type Quota struct {
	// Group is another number when it is another group than in the snapshot before.
	Group uint64
	// Start is when the counters began, in nanoseconds since the Unix epoch. 0: when the host booted, as far as is known.
	Start int64

	// CPUQuota is the time that the group may have of all CPUs in each CPUPeriod, in nanoseconds.
	CPUQuota, CPUPeriod Quantity
	// CPUUser and CPUSystem are the time that it had, in nanoseconds.
	CPUUser, CPUSystem Quantity
	// CPUSince is how much of both it had since the snapshot before, and Elapsed how long ago that was.
	CPUSince, Elapsed Quantity

	ThrottledTime    Quantity // Time that its tasks waited for the next period, in nanoseconds.
	ThrottledPeriods Quantity // Periods in which they did.

	MemoryUsage, MemoryLimit Quantity // Bytes.
	// OOMKills is the processes that the OOM killer has killed: in version 1 those of the group, in version 2 also
	// those of the groups below it.
	OOMKills         Quantity
	Tasks, TaskLimit Quantity // Threads count.

	IOLimits []IOLimit
	// FileDescriptorLimit is how many descriptors our own process may have open (the soft RLIMIT_NOFILE).
	FileDescriptorLimit Quantity
}

// IOLimit is what a group may read from and write to one disk, in bytes per second.
type IOLimit struct {
	Device        string // Its name below /dev, or its numbers (8:0) where there is none. Interned.
	Read, Written Quantity
}

// QuotaWant selects fields of Quota. Each costs one system call or more.
type QuotaWant struct {
	CPULimit    bool // CPUQuota and CPUPeriod.
	CPUTime     bool // CPUUser and CPUSystem.
	Throttling  bool // ThrottledTime and ThrottledPeriods.
	MemoryUsage bool
	MemoryLimit bool
	OOMKills    bool
	Tasks       bool
	TaskLimit   bool
	IOLimits    bool

	FileDescriptorLimit bool
}

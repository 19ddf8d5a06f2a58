// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// ProcessStatus is what a process does.
type ProcessStatus uint8

// The statuses, of all platforms together. Linux has those from Blocked to Zombie.
const (
	StatusBlocked ProcessStatus = iota // Waits for I/O and takes no signal.
	StatusIdle                         // A thread of the kernel without work.
	StatusPaging
	StatusRunning
	StatusSleeping
	StatusStopped // By a signal or a debugger.
	StatusUnknown // One that we lack the privileges to read, or that none of the others is.
	StatusZombie  // Ended, and not yet waited for.
	StatusDaemon
	StatusDetached
	StatusLocked
	StatusOrphan
	StatusSystem
	// NumProcessStatuses is how many there are.
	NumProcessStatuses
)

// Processes is how many processes there are.
type Processes struct {
	// ByStatus counts the processes in each status, where CountKnown. Threads are not counted.
	ByStatus   [NumProcessStatuses]uint64
	CountKnown bool
	// Created is how many tasks were created since boot, threads included.
	Created Quantity
	// Hidden is how many of them are of unknown status because we lack the privileges to read it.
	Hidden uint64
}

// ProcessesWant selects fields of Processes.
type ProcessesWant struct {
	ByStatus bool
	Created  bool
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// System is the host as a whole.
type System struct {
	Uptime Quantity // Time since boot, in nanoseconds.

	// Counted since boot.
	ContextSwitches Quantity
	Interrupts      Quantity
	OOMKills        Quantity

	FileDescriptors     Quantity // Open file descriptions.
	FileDescriptorLimit Quantity // Not Known where there is no limit.
	ProcessLimit        Quantity // Tasks that there are numbers for.
}

// SystemWant selects fields of System.
type SystemWant struct {
	Uptime          bool
	Counts          bool // ContextSwitches and Interrupts.
	OOMKills        bool
	FileDescriptors bool // FileDescriptors and FileDescriptorLimit.
	ProcessLimit    bool
	SelfSwitches    bool // The context switches of Self, which are read with this domain.
}

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

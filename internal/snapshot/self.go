// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Self is our own process.
type Self struct {
	// PID is its number as the host counts processes.
	PID Quantity
	// VoluntarySwitches and InvoluntarySwitches are the context switches of all its threads since it began.
	VoluntarySwitches, InvoluntarySwitches Quantity
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Load is the load average of the host: how many threads ran or waited to run, in millionths of a thread, averaged
// over one, five and fifteen minutes.
type Load struct {
	One, Five, Fifteen Quantity
	// CPUs is the number of logical CPUs online, to divide by. Read only when requested.
	CPUs Quantity
}

// LoadWant selects what is read beside the averages.
type LoadWant struct{ CPUs bool }

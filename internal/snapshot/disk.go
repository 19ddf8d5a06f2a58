// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Disks is what block devices have done: whole disks, partitions, mapped and loop devices.
type Disks struct {
	// Devices are those that have done anything at all, each name once.
	Devices []Disk
}

// Disk is one block device. Its numbers are counted since Start.
type Disk struct {
	Device string // Its name below /dev. Interned.
	// Major and Minor are its device number, 0 where they are not told.
	Major, Minor uint32
	// Start is when its counters began, in nanoseconds since the Unix epoch; 0 is at boot, as far as is known.
	Start int64

	Read, Written DiskTraffic

	Pending        Quantity // Operations in flight, now.
	IOTime         Quantity // Time with operations in flight, in nanoseconds.
	WeightedIOTime Quantity // The same, each operation's time counted, in nanoseconds.
}

// DiskTraffic is one direction of a disk's operations.
type DiskTraffic struct {
	Operations uint64
	Bytes      uint64
	Time       Quantity // Of all operations, in nanoseconds.
	Merged     Quantity // Operations that were merged into others before they reached the device.
}

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
	Role         DiskRole
	// Start is when its counters began, in nanoseconds since the Unix epoch; 0 is at boot, as far as is known.
	Start int64

	DiskCounters
	// Last has what was known last of the counters that are unknown now: a sum over disks that is not to fall must include it.
	Last DiskCounters

	Pending Quantity // Operations in flight, now.
}

// DiskCounters are the numbers of a disk that only grow.
type DiskCounters struct {
	Read, Written  DiskTraffic
	IOTime         Quantity // Time with operations in flight, in nanoseconds.
	WeightedIOTime Quantity // The same, each operation's time counted, in nanoseconds.
}

// Counters are all of its numbers.
func (d *DiskCounters) Counters() [10]*Quantity {
	r, w := &d.Read, &d.Written
	return [...]*Quantity{
		&r.Operations, &r.Bytes, &r.Time, &r.Merged, &w.Operations, &w.Bytes, &w.Time, &w.Merged, &d.IOTime, &d.WeightedIOTime,
	}
}

// DiskTraffic is one direction of a disk's operations.
type DiskTraffic struct {
	Operations Quantity
	Bytes      Quantity
	Time       Quantity // Of all operations, in nanoseconds.
	Merged     Quantity // Operations that were merged into others before they reached the device.
}

// DiskRole is what the I/O of a block device is to that of others. The I/O of a host is that of its whole disks.
type DiskRole uint8

// The roles.
const (
	DiskUnknown   DiskRole = iota // The host has no sysfs for it, or it was not read.
	DiskWhole                     // A disk, or one of the paths to it: no other device has its I/O.
	DiskPartition                 // Its disk has its I/O too.
	DiskStacked                   // It passes its I/O on to other devices or files, or has it from memory.
)

// DiskWant selects fields of Disk.
type DiskWant struct{ Roles bool }

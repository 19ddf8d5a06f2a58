// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package disk reads the block devices of a Linux host below its root.
//
//	proc/diskstats      operations, bytes and times of each device
//	sys/block/NAME      what a device is to others: a disk, or made of others
//	sys/class/block/NAME/partition
//
// A scrape costs one read of proc/diskstats. Sysfs is read only if roles are wanted: up to three files for each device that
// has done something, and again when proc/diskstats lists other devices. The steady state allocates nothing.
//
// Other operating systems have no source here, but share the history.
package disk

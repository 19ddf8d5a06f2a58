// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// MaxDisks bounds the devices of /proc/diskstats that are read. Further lines are left out as malformed ones are.
const MaxDisks = 1 << 16

// SectorSize is the size of a sector in /proc/diskstats in bytes, whatever that of the device.
const SectorSize = 512

// Diskstats is /proc/diskstats: what each block device and each partition has done since it appeared.
//
//	259       0 nvme0n1 39477 21025 2065010 15690 18350 148329 11011576 21845 0 7284 38357 11621 40 2362872 821 6 0
//
// Source: Documentation/admin-guide/iostats.rst; block/genhd.c, diskstats_show. A line has 14 columns since Linux 2.6.25,
// 18 with those of discards since 4.18 and 20 with those of flushes since 5.5. Before 2.6.25 a partition had 7, for the
// requests to the partition alone.
//
// I/Os, merges and sectors are unsigned long, so 32-bit kernels wrap them at 2^32. The ticks are cut to 32 bits by every
// kernel: they start again at 0 after 49.7 days of I/O time.
type Diskstats struct {
	// Devices has one element for each line with the 14 columns, in the order of the file. Reused by the next Parse. The
	// kernel walks its list while devices come and go, so now and then one that is there is missing.
	Devices []Diskstat

	bad scan.LineError
}

// Diskstat is one line of /proc/diskstats. Ticks are milliseconds.
type Diskstat struct {
	Major, Minor uint32
	Name         []byte // As it stands in the text that was parsed, and as long as that is valid.

	ReadIOs, ReadMerges, ReadSectors, ReadTicks     uint64
	WriteIOs, WriteMerges, WriteSectors, WriteTicks uint64

	InFlight    uint64 // Requests issued and not completed.
	IOTicks     uint64 // Time with at least one request in flight.
	TimeInQueue uint64 // Time of all requests, those in flight included, in ticks.
}

// Parse reads the text of /proc/diskstats. The error is nil or a *scan.LineError, valid until the next Parse.
func (d *Diskstats) Parse(b []byte) error {
	d.Devices, d.bad = d.Devices[:0], scan.LineError{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		if !d.parseLine(line) {
			d.bad.Add(number)
		}
	}
	return d.bad.Err()
}

func (d *Diskstats) parseLine(line []byte) (ok bool) {
	var device Diskstat
	if device.Major, line, ok = deviceNumber(line); !ok {
		return false
	}
	if device.Minor, line, ok = deviceNumber(line); !ok {
		return false
	}
	if device.Name, line = scan.Field(line); len(device.Name) == 0 {
		return false
	}
	var columns [11]uint64
	for i := range columns {
		var rest []byte
		if columns[i], rest, ok = scan.UintField(line); !ok {
			field, _ := scan.Field(line)
			return i == partitionColumns && len(field) == 0 // No kernel that Go runs on writes it, and it says too little.
		}
		line = rest
	}
	device.ReadIOs, device.ReadMerges, device.ReadSectors, device.ReadTicks = columns[0], columns[1], columns[2], columns[3]
	device.WriteIOs, device.WriteMerges, device.WriteSectors, device.WriteTicks = columns[4], columns[5], columns[6], columns[7]
	device.InFlight, device.IOTicks, device.TimeInQueue = columns[8], columns[9], columns[10]
	if !device.isPlausible() || len(d.Devices) == MaxDisks {
		return false
	}
	d.Devices = append(d.Devices, device)
	return true
}

// isPlausible reports whether all numbers, in bytes and nanoseconds, are within 63 bits.
func (d *Diskstat) isPlausible() bool {
	return max(d.ReadIOs, d.ReadMerges, d.WriteIOs, d.WriteMerges, d.InFlight) <= math.MaxInt64 &&
		max(d.ReadSectors, d.WriteSectors) <= math.MaxInt64/SectorSize &&
		max(d.ReadTicks, d.WriteTicks, d.IOTicks, d.TimeInQueue) <= math.MaxInt64/1_000_000
}

// partitionColumns is how many numbers followed the name of a partition before Linux 2.6.25: rio, rsect, wio, wsect.
const partitionColumns = 4

// deviceNumber reads a major or minor number, which has 32 bits at most, and returns what follows it.
func deviceNumber(line []byte) (n uint32, rest []byte, ok bool) {
	wide, rest, ok := scan.UintField(line)
	return uint32(wide), rest, ok && wide <= math.MaxUint32
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// MaxDisks bounds the devices of /proc/diskstats that are read. Further lines are dropped as malformed ones are.
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
// I/Os, merges and sectors are unsigned long, so 32-bit kernels wrap them at 2^32. Every kernel truncates the ticks to
// 32 bits: they start again at 0 after 49.7 days of I/O time.
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

	ReadIOs, ReadMerges, ReadSectors, ReadTicks     Number
	WriteIOs, WriteMerges, WriteSectors, WriteTicks Number

	// InFlight is requests issued and not completed. Kernels before 5.0 count them up and down without looking, and a driver that
	// completes one twice makes that a number below zero, which stands as one near 2^32.
	InFlight    Number
	IOTicks     Number // Time with at least one request in flight.
	TimeInQueue Number // Time of all requests, those in flight included, in ticks.
}

// diskColumn is what a column may hold, so that it fits 63 bits in bytes or nanoseconds.
type diskColumn struct {
	name string
	most uint64
}

var diskColumns = [...]diskColumn{
	{"reads completed", maxCount},
	{"reads merged", maxCount},
	{"sectors read", maxSectors},
	{"time reading", maxMillis},
	{"writes completed", maxCount},
	{"writes merged", maxCount},
	{"sectors written", maxSectors},
	{"time writing", maxMillis},
	{"I/Os in progress", math.MaxInt32},
	{"time doing I/Os", maxMillis},
	{"weighted time doing I/Os", maxMillis},
}

const (
	maxSectors = math.MaxInt64 / SectorSize
	maxMillis  = math.MaxInt64 / 1_000_000
)

// Parse reads the text of /proc/diskstats. The error is nil or a *scan.LineError, valid until the next Parse.
func (d *Diskstats) Parse(b []byte) error {
	d.Devices, d.bad = d.Devices[:0], scan.LineError{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		if !d.parseLine(number, line) {
			d.bad.Add(number)
		}
	}
	return d.bad.Err()
}

func (d *Diskstats) parseLine(number int, line []byte) (ok bool) {
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
	columns := [...]*Number{
		&device.ReadIOs, &device.ReadMerges, &device.ReadSectors, &device.ReadTicks,
		&device.WriteIOs, &device.WriteMerges, &device.WriteSectors, &device.WriteTicks,
		&device.InFlight, &device.IOTicks, &device.TimeInQueue,
	}
	for i, value := range columns {
		if *value, line, ok = column(line, diskColumns[i].most); !ok {
			return i == partitionColumns // No kernel that Go runs on writes it, and it says too little.
		}
	}
	if len(d.Devices) == MaxDisks {
		return false
	}
	for i, value := range columns {
		if !value.Known {
			d.bad.AddField(number, diskColumns[i].name)
		}
	}
	d.Devices = append(d.Devices, device)
	return true
}

// partitionColumns is how many numbers followed the name of a partition before Linux 2.6.25: rio, rsect, wio, wsect.
const partitionColumns = 4

// deviceNumber reads a major or minor number, which has 32 bits at most, and returns what follows it.
func deviceNumber(line []byte) (n uint32, rest []byte, ok bool) {
	wide, rest, ok := scan.UintField(line)
	return uint32(wide), rest, ok && wide <= math.MaxUint32
}

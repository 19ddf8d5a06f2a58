// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"math"

	"github.com/shirou/gopsutil/v4/disk"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

func diskOf(name string, c *disk.IOCountersStat) snapshot.Disk {
	return snapshot.Disk{
		Device: name,
		DiskCounters: snapshot.DiskCounters{
			Read: snapshot.DiskTraffic{
				Operations: count(c.ReadCount), Bytes: count(c.ReadBytes), Time: milliseconds(c.ReadTime), Merged: count(c.MergedReadCount),
			},
			Written: snapshot.DiskTraffic{
				Operations: count(c.WriteCount), Bytes: count(c.WriteBytes), Time: milliseconds(c.WriteTime), Merged: count(c.MergedWriteCount),
			},
			IOTime:         milliseconds(c.IoTime),
			WeightedIOTime: milliseconds(c.WeightedIO),
		},
		Pending: pending(c.IopsInProgress),
	}
}

// pending is a number of operations in flight, unknown if it has stepped below zero, in 32 bits.
func pending(n uint64) snapshot.Quantity {
	if n > math.MaxInt32 {
		return snapshot.Quantity{}
	}
	return snapshot.Known(n)
}

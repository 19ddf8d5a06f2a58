// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"github.com/shirou/gopsutil/v4/disk"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

func diskOf(name string, c *disk.IOCountersStat) snapshot.Disk {
	return snapshot.Disk{
		Device: name,
		Read: snapshot.DiskTraffic{
			Operations: c.ReadCount, Bytes: c.ReadBytes, Time: milliseconds(c.ReadTime), Merged: snapshot.Known(c.MergedReadCount),
		},
		Written: snapshot.DiskTraffic{
			Operations: c.WriteCount, Bytes: c.WriteBytes, Time: milliseconds(c.WriteTime), Merged: snapshot.Known(c.MergedWriteCount),
		},
		Pending:        snapshot.Known(c.IopsInProgress),
		IOTime:         milliseconds(c.IoTime),
		WeightedIOTime: milliseconds(c.WeightedIO),
	}
}

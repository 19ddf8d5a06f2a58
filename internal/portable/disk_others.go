// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package portable

import (
	"runtime"

	"github.com/shirou/gopsutil/v4/disk"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// diskOf omits what gopsutil does not fill on this platform: a number that it never sets is unknown, not 0.
func diskOf(name string, c *disk.IOCountersStat) snapshot.Disk {
	d := snapshot.Disk{
		Device: name,
		DiskCounters: snapshot.DiskCounters{
			Read:    snapshot.DiskTraffic{Operations: count(c.ReadCount), Bytes: count(c.ReadBytes)},
			Written: snapshot.DiskTraffic{Operations: count(c.WriteCount), Bytes: count(c.WriteBytes)},
		},
	}
	switch runtime.GOOS {
	case "darwin", "freebsd":
		d.IOTime = milliseconds(c.IoTime)
		fallthrough
	case "windows":
		d.Read.Time, d.Written.Time = milliseconds(c.ReadTime), milliseconds(c.WriteTime)
	}
	return d
}

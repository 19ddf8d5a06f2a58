// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package portable

import (
	"runtime"

	"github.com/shirou/gopsutil/v4/disk"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// diskOf leaves out what gopsutil does not tell here: a number that it never sets is no 0.
func diskOf(name string, c *disk.IOCountersStat) snapshot.Disk {
	d := snapshot.Disk{
		Device:  name,
		Read:    snapshot.DiskTraffic{Operations: c.ReadCount, Bytes: c.ReadBytes},
		Written: snapshot.DiskTraffic{Operations: c.WriteCount, Bytes: c.WriteBytes},
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

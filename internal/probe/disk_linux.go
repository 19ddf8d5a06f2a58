// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// diskSource reads /proc/diskstats.
type diskSource struct {
	diskstats *kernelFile[procfs.Diskstats, *procfs.Diskstats]
	names     *intern.Strings
	wanted    *nameFilter
}

func newDiskSource(n *native) *diskSource {
	return &diskSource{
		diskstats: newKernelFile[procfs.Diskstats](n, "proc/diskstats", pseudofs.Records),
		names:     intern.New(procfs.MaxDisks, n.options.maxLength()),
		wanted:    newNameFilter(n.options.DiskFilter),
	}
}

func (d *diskSource) read(sc *scrape) (filled bool) {
	diskstats := d.diskstats.read(sc)
	if diskstats == nil {
		return false
	}
	disks := &sc.snapshot.Disks
	for i := range diskstats.Devices {
		k := &diskstats.Devices[i]
		if isIdle(k) {
			continue
		}
		if name := d.names.String(k.Name); d.wanted.keeps(name) {
			disks.Devices = append(disks.Devices, diskOf(k, name))
		}
	}
	d.names.Sweep()
	return true
}

// isIdle reports whether a device has never done anything, as the loop and ram devices that many kernels make.
func isIdle(k *procfs.Diskstat) bool {
	for _, n := range [...]procfs.Number{
		k.ReadIOs, k.ReadMerges, k.ReadSectors, k.ReadTicks,
		k.WriteIOs, k.WriteMerges, k.WriteSectors, k.WriteTicks,
		k.InFlight, k.IOTicks, k.TimeInQueue,
	} {
		if n.N != 0 || !n.Known {
			return false
		}
	}
	return true
}

func diskOf(k *procfs.Diskstat, name string) snapshot.Disk {
	return snapshot.Disk{
		Device: name, Major: k.Major, Minor: k.Minor,
		DiskCounters: snapshot.DiskCounters{
			Read: snapshot.DiskTraffic{
				Operations: snapshot.Quantity(k.ReadIOs),
				Bytes:      times(k.ReadSectors, procfs.SectorSize),
				Time:       times(k.ReadTicks, nanosPerMilli),
				Merged:     snapshot.Quantity(k.ReadMerges),
			},
			Written: snapshot.DiskTraffic{
				Operations: snapshot.Quantity(k.WriteIOs),
				Bytes:      times(k.WriteSectors, procfs.SectorSize),
				Time:       times(k.WriteTicks, nanosPerMilli),
				Merged:     snapshot.Quantity(k.WriteMerges),
			},
			IOTime:         times(k.IOTicks, nanosPerMilli),
			WeightedIOTime: times(k.TimeInQueue, nanosPerMilli),
		},
		Pending: snapshot.Quantity(k.InFlight),
	}
}

// times is a number of units of so much each.
func times(n procfs.Number, unit uint64) snapshot.Quantity {
	return snapshot.Quantity{N: n.N * unit, Known: n.Known}
}

const nanosPerMilli = 1_000_000

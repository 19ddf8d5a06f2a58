// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// diskSource reads /proc/diskstats, and of /sys/block what the devices are to each other.
type diskSource struct {
	roles     *diskRoles
	diskstats *source.File[procfs.Diskstats, *procfs.Diskstats]
	names     *intern.Strings
	wanted    *source.NameFilter
}

func newDiskSource(h *source.Host, keep func(device string) bool) *diskSource {
	return &diskSource{
		roles:     newDiskRoles(h),
		diskstats: source.NewFile[procfs.Diskstats](h, "proc/diskstats", pseudofs.Records),
		names:     intern.New(procfs.MaxDisks, h.MaxLength),
		wanted:    source.NewNameFilter(keep),
	}
}

func (d *diskSource) Read(sc *source.Scrape) (filled bool) {
	diskstats := d.diskstats.Read(sc)
	if diskstats == nil {
		return false
	}
	disks, roles := &sc.Snapshot.Disks, sc.Want.Disk.Roles
	if roles {
		d.roles.begin(diskstats.Devices)
	}
	for i := range diskstats.Devices {
		k := &diskstats.Devices[i]
		if isIdle(k) {
			continue
		}
		if name := d.names.String(k.Name); d.wanted.Keeps(name) {
			disks.Devices = append(disks.Devices, diskOf(k, name))
			if roles {
				disks.Devices[len(disks.Devices)-1].Role = d.roles.of(k.Name)
			}
		}
	}
	if roles {
		d.roles.end(disks.Devices)
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
				Bytes:      source.Times(k.ReadSectors, procfs.SectorSize),
				Time:       source.Times(k.ReadTicks, source.NanosPerMilli),
				Merged:     snapshot.Quantity(k.ReadMerges),
			},
			Written: snapshot.DiskTraffic{
				Operations: snapshot.Quantity(k.WriteIOs),
				Bytes:      source.Times(k.WriteSectors, procfs.SectorSize),
				Time:       source.Times(k.WriteTicks, source.NanosPerMilli),
				Merged:     snapshot.Quantity(k.WriteMerges),
			},
			IOTime:         source.Times(k.IOTicks, source.NanosPerMilli),
			WeightedIOTime: source.Times(k.TimeInQueue, source.NanosPerMilli),
		},
		Pending: snapshot.Quantity(k.InFlight),
	}
}

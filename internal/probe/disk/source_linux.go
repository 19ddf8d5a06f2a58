// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package disk

import (
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Source reads /proc/diskstats and, if roles are wanted, /sys/block.
type Source struct {
	roles     *roles
	diskstats *source.File[procfs.Diskstats, *procfs.Diskstats]
	names     *intern.Strings
	wanted    *source.NameFilter
}

// New returns the source of the disks that keep selects by name; nil selects all of them. keep is called once for each name.
func New(h *source.Host, keep func(device string) bool) *Source {
	return &Source{
		roles:     newRoles(h),
		diskstats: source.NewFile[procfs.Diskstats](h, "proc/diskstats", pseudofs.Records),
		names:     intern.New(procfs.MaxDisks, h.MaxLength),
		wanted:    source.NewNameFilter(keep),
	}
}

// Read implements source.Source.
func (s *Source) Read(sc *source.Scrape) (filled bool) {
	diskstats := s.diskstats.Read(sc)
	if diskstats == nil {
		return false
	}
	disks, roles := &sc.Snapshot.Disks, sc.Want.Disk.Roles
	if roles {
		s.roles.begin(diskstats.Devices)
	}
	for i := range diskstats.Devices {
		k := &diskstats.Devices[i]
		if isIdle(k) {
			continue
		}
		if name := s.names.String(k.Name); s.wanted.Keeps(name) {
			disk := diskOf(k, name)
			if roles {
				disk.Role = s.roles.of(k.Name)
			}
			disks.Devices = append(disks.Devices, disk)
		}
	}
	if roles {
		s.roles.end(disks.Devices)
	}
	s.names.Sweep()
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

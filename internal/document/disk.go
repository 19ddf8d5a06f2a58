// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"strings"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

func (w *writer) disk(s *snapshot.Snapshot, o *Options, filesystem, told bool) {
	at := w.object(`"disk":`)
	if filesystem {
		if o.Partitions {
			w.partitions(s.Filesystem.Mounts)
		}
		w.usage(s.Filesystem.Mounts)
	}
	if told {
		w.list(`"io":`)
		for i := range s.Disks.Devices {
			w.device(&s.Disks.Devices[i])
		}
		w.endList()
	}
	w.end(at)
}

func (w *writer) partitions(mounts []snapshot.Mount) {
	w.list(`"partitions":`)
	for i := range mounts {
		m := &mounts[i]
		at := w.object(element)
		w.name(`"device":`, m.Device)
		w.string(`"mount_point":`, m.MountPoint)
		w.name(`"fs_type":`, m.Type)
		w.name(`"options":`, m.Options)
		w.end(at)
	}
	w.endList()
}

// usage tells how full the mounts are of which that is known; used_percent is what df calls Use%.
func (w *writer) usage(mounts []snapshot.Mount) {
	isKnown := len(mounts) == 0
	for i := range mounts {
		isKnown = isKnown || mounts[i].Usage.Known || mounts[i].Inodes.Known
	}
	if !isKnown {
		return // No statfs was requested, or none returned.
	}
	w.list(`"usage":`)
	for i := range mounts {
		m := &mounts[i]
		if !m.Usage.Known && !m.Inodes.Known {
			continue
		}
		at := w.object(element)
		w.string(`"path":`, m.MountPoint)
		if u := &m.Usage; u.Known {
			w.uint(`"total_bytes":`, u.Used+u.Free+u.Reserved)
			w.uint(`"used_bytes":`, u.Used)
			w.uint(`"free_bytes":`, u.Free)
			w.percent(`"used_percent":`, u.Used, u.Used+u.Free)
		}
		if n := &m.Inodes; n.Known {
			w.uint(`"inodes_total":`, n.Used+n.Free)
			w.uint(`"inodes_used":`, n.Used)
			w.uint(`"inodes_free":`, n.Free)
		}
		w.end(at)
	}
	w.endList()
}

func (w *writer) device(d *snapshot.Disk) {
	at := w.object(element)
	w.string(`"device":`, d.Device)
	w.quantity(`"reads_completed":`, d.Read.Operations)
	w.quantity(`"read_bytes":`, d.Read.Bytes)
	w.micros(`"read_time_us":`, d.Read.Time)
	w.quantity(`"writes_completed":`, d.Written.Operations)
	w.quantity(`"write_bytes":`, d.Written.Bytes)
	w.micros(`"write_time_us":`, d.Written.Time)
	w.quantity(`"io_in_progress":`, d.Pending)
	w.micros(`"io_time_us":`, d.IOTime)
	w.micros(`"weighted_io_time_us":`, d.WeightedIOTime)
	w.end(at)
}

// io writes the sums over the disks of the host.
func (w *writer) io(s *snapshot.Snapshot, disks, pressure bool) {
	at := w.object(`"io":`)
	if disks {
		read, written := hostIO(s.Disks.Devices)
		w.uint(`"read_ops":`, read.operations)
		w.uint(`"read_bytes":`, read.bytes)
		w.uint(`"write_ops":`, written.operations)
		w.uint(`"write_bytes":`, written.bytes)
	}
	if pressure {
		w.pressure(s, snapshot.PressureIO)
	}
	w.end(at)
}

// ioSum is the I/O of a host in one direction.
type ioSum struct{ operations, bytes uint64 }

func (s *ioSum) add(now, last *snapshot.DiskTraffic) {
	s.operations += known(now.Operations.Or(last.Operations))
	s.bytes += known(now.Bytes.Or(last.Bytes))
}

// known is a number, or 0 for none.
func known(q snapshot.Quantity) uint64 {
	if q.Known {
		return q.N
	}
	return 0
}

// hostIO sums over the whole disks. A partition's I/O is its disk's too, and what is stacked on disks does its I/O through them.
// Where the role of a device is unknown, its name decides.
func hostIO(devices []snapshot.Disk) (read, written ioSum) {
	whole := "/"
	for i := range devices {
		d := &devices[i]
		unknown := d.Role == snapshot.DiskUnknown
		if d.Role == snapshot.DiskPartition || unknown && isPartition(d.Device, whole) {
			continue
		}
		whole = d.Device
		if d.Role == snapshot.DiskStacked || unknown && (isStacked(d.Device) || hasPaths(d.Device, devices)) {
			continue
		}
		read.add(&d.Read, &d.Last.Read)
		written.add(&d.Written, &d.Last.Written)
	}
	return read, written
}

// isPartition reports whether a device is a partition of the disk that was listed last: sda1 of sda, and of one whose own
// name ends in a digit nvme0n1p1 of nvme0n1. The kernel lists a disk's partitions behind it.
func isPartition(device, whole string) bool {
	number, ok := strings.CutPrefix(device, whole)
	if !ok || number == "" || whole == "" {
		return false
	}
	if isDigit(whole[len(whole)-1]) {
		if number[0] != 'p' || len(number) == 1 {
			return false
		}
		number = number[1:]
	}
	for i := range len(number) {
		if !isDigit(number[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isStacked reports whether a device is made of others, of files, or of memory.
func isStacked(device string) bool {
	for _, prefix := range [...]string{"dm-", "md", "md_d", "loop", "bcache", "drbd", "zd", "zram", "ram"} {
		if number, ok := strings.CutPrefix(device, prefix); ok && number != "" && isDigit(number[0]) {
			return true
		}
	}
	return strings.HasPrefix(device, "emcpower")
}

// hasPaths reports whether a device is the head of NVMe multipath to which there are paths: nvme0c0n1 and others of nvme0n1.
func hasPaths(device string, devices []snapshot.Disk) bool {
	subsystem, namespace, ok := cutNumber(device, "nvme")
	if !ok || namespace == "" || namespace[0] != 'n' {
		return false
	}
	for i := range devices {
		rest, ok := strings.CutPrefix(devices[i].Device, subsystem)
		if _, rest, isPath := cutNumber(rest, "c"); ok && isPath && rest == namespace {
			return true
		}
	}
	return false
}

// cutNumber cuts s behind prefix and the number that follows it.
func cutNumber(s, prefix string) (before, after string, ok bool) {
	if !strings.HasPrefix(s, prefix) {
		return "", s, false
	}
	end := len(prefix)
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	return s[:end], s[end:], end > len(prefix)
}

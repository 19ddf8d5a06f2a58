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
		return // Nobody was asked.
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

// io writes the sums over the disks of the host. A partition's I/O is its disk's too, and what is stacked on disks does its
// I/O through them.
func (w *writer) io(s *snapshot.Snapshot, disks, pressure bool) {
	at := w.object(`"io":`)
	if disks {
		var readOps, readBytes, writeOps, writeBytes uint64
		whole := "/"
		for i := range s.Disks.Devices {
			d := &s.Disks.Devices[i]
			if isPartition(d.Device, whole) || isStacked(d.Device) {
				continue
			}
			whole = d.Device
			readOps += orLast(d.Read.Operations, d.Last.Read.Operations)
			readBytes += orLast(d.Read.Bytes, d.Last.Read.Bytes)
			writeOps += orLast(d.Written.Operations, d.Last.Written.Operations)
			writeBytes += orLast(d.Written.Bytes, d.Last.Written.Bytes)
		}
		w.uint(`"read_ops":`, readOps)
		w.uint(`"read_bytes":`, readBytes)
		w.uint(`"write_ops":`, writeOps)
		w.uint(`"write_bytes":`, writeBytes)
	}
	if pressure {
		w.pressure(s, snapshot.PressureIO)
	}
	w.end(at)
}

// orLast is what a counter adds to a sum that is not to fall when it is unknown for a while.
func orLast(now, last snapshot.Quantity) uint64 {
	switch {
	case now.Known:
		return now.N
	case last.Known:
		return last.N
	}
	return 0
}

// isPartition reports whether a device is a partition of the disk that was told last: sda1 of sda, and of one whose own
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
	for _, prefix := range [...]string{"dm-", "md", "loop", "bcache", "drbd", "zram", "ram"} {
		if number, ok := strings.CutPrefix(device, prefix); ok && number != "" && isDigit(number[0]) {
			return true
		}
	}
	return false
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// diskHistory remembers the disks of the snapshots before, to tell when a disk's counters began: a device may be removed
// and another may come under its name, and the same one may be reset.
type diskHistory struct {
	reading uint64
	time    int64 // Of the reading before.
	disks   map[string]*diskRecord
}

type diskRecord struct {
	reading uint64        // The last reading that had this disk.
	disk    snapshot.Disk // Its counters as known last.
}

func (h *diskHistory) Complete(sc *source.Scrape) { h.update(&sc.Snapshot.Disks, sc.Snapshot.Time) }

// update gives the disks of a snapshot taken at time now their Start, and leaves out the second of two with one name.
func (h *diskHistory) update(d *snapshot.Disks, now int64) {
	if h.disks == nil {
		h.disks = map[string]*diskRecord{}
	}
	h.reading++
	kept := d.Devices[:0]
	for i := range d.Devices {
		disk := &d.Devices[i]
		record := h.disks[disk.Device]
		if record == nil {
			record = &diskRecord{}
			h.disks[disk.Device] = record
		}
		if record.reading == h.reading {
			continue
		}
		disk.Start = record.disk.Start
		if h.reading > 1 && (record.reading == 0 || hasRestarted(&record.disk, disk)) {
			disk.Start, record.disk.DiskCounters = h.time, snapshot.DiskCounters{}
		}
		record.reading = h.reading
		record.disk.Major, record.disk.Minor, record.disk.Start = disk.Major, disk.Minor, disk.Start
		remembered, last := record.disk.Counters(), disk.Last.Counters()
		for i, now := range disk.Counters() {
			now.KeepLast(remembered[i], last[i])
		}
		disk.Start = min(disk.Start, now) // The clock may have been set back.
		kept = append(kept, *disk)
	}
	d.Devices, h.time = kept, now
	if len(kept) < len(h.disks) {
		h.forget()
	}
}

// forget drops the disks that two readings in a row did not have. One alone may miss a disk that is there: while devices
// are removed, the kernel now and then skips another.
func (h *diskHistory) forget() {
	for name, record := range h.disks {
		if record.reading+1 < h.reading {
			delete(h.disks, name)
		}
	}
}

// hasRestarted reports whether now is another device than before, or one that counts anew. Times do not tell, for the
// kernel lets them start again after 2^32 ms.
func hasRestarted(before, now *snapshot.Disk) bool {
	return before.Major != now.Major || before.Minor != now.Minor ||
		hasFallen(&before.Read, &now.Read) || hasFallen(&before.Written, &now.Written)
}

func hasFallen(before, now *snapshot.DiskTraffic) bool {
	return now.Operations.Fell(before.Operations) || now.Bytes.Fell(before.Bytes) || now.Merged.Fell(before.Merged)
}

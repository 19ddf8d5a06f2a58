// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package disk

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// History remembers the disks of earlier snapshots, to determine when the counters of a disk began: a device may be removed
// and another may take its name, and the same one may be reset.
type History struct {
	reading uint64
	time    int64 // Of the reading before.
	disks   map[string]*record
}

type record struct {
	reading uint64        // The last reading that had this disk.
	disk    snapshot.Disk // Its counters as known last.
}

// Complete implements source.History.
func (h *History) Complete(sc *source.Scrape) { h.update(&sc.Snapshot.Disks, sc.Snapshot.Time) }

// update gives the disks of a snapshot taken at time now their Start, and omits the second of two with one name.
func (h *History) update(d *snapshot.Disks, now int64) {
	if h.disks == nil {
		h.disks = map[string]*record{}
	}
	h.reading++
	kept := d.Devices[:0]
	for i := range d.Devices {
		disk := &d.Devices[i]
		known := h.disks[disk.Device]
		if known == nil {
			known = &record{}
			h.disks[disk.Device] = known
		}
		if known.reading == h.reading {
			continue
		}
		disk.Start = known.disk.Start
		if h.reading > 1 && (known.reading == 0 || hasRestarted(&known.disk, disk)) {
			disk.Start, known.disk.DiskCounters = h.time, snapshot.DiskCounters{}
		}
		known.reading = h.reading
		known.disk.Major, known.disk.Minor, known.disk.Start = disk.Major, disk.Minor, disk.Start
		remembered, last := known.disk.Counters(), disk.Last.Counters()
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
func (h *History) forget() {
	for name, known := range h.disks {
		if known.reading+1 < h.reading {
			delete(h.disks, name)
		}
	}
}

// hasRestarted reports whether now is another device than before, or one that counts anew. Times prove nothing: the kernel
// wraps them at 2^32 ms.
func hasRestarted(before, now *snapshot.Disk) bool {
	return before.Major != now.Major || before.Minor != now.Minor ||
		hasFallen(&before.Read, &now.Read) || hasFallen(&before.Written, &now.Written)
}

func hasFallen(before, now *snapshot.DiskTraffic) bool {
	return now.Operations.Fell(before.Operations) || now.Bytes.Fell(before.Bytes) || now.Merged.Fell(before.Merged)
}

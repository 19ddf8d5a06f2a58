// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import "github.com/superviz-io/hostprobe/internal/snapshot"

// pressure writes that of a resource which all tasks can wait for together.
func (w *writer) pressure(s *snapshot.Snapshot, r snapshot.PressureResource) {
	at := w.object(`"pressure":`)
	w.some(&s.Pressure[r].Some)
	if full := &s.Pressure[r].Full; full.Known {
		w.decimal(`"full_avg10":`, signed(full.Avg10), 2)
		w.decimal(`"full_avg60":`, signed(full.Avg60), 2)
		w.decimal(`"full_avg300":`, signed(full.Avg300), 2)
		w.uint(`"full_total_us":`, full.Total/1000)
	}
	w.end(at)
}

func (w *writer) some(some *snapshot.Stall) {
	if some.Known {
		w.decimal(`"some_avg10":`, signed(some.Avg10), 2)
		w.decimal(`"some_avg60":`, signed(some.Avg60), 2)
		w.decimal(`"some_avg300":`, signed(some.Avg300), 2)
		w.uint(`"some_total_us":`, some.Total/1000)
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import "github.com/superviz-io/hostprobe/internal/snapshot"

// pressure writes that of a resource which all tasks can wait for together.
func (w *writer) pressure(s *snapshot.Snapshot, r snapshot.PressureResource) {
	at := w.object(`"pressure":`)
	w.some(&s.Pressure[r].Some)
	full := &s.Pressure[r].Full
	w.fraction(`"full_avg10":`, full.Avg10, 2)
	w.fraction(`"full_avg60":`, full.Avg60, 2)
	w.fraction(`"full_avg300":`, full.Avg300, 2)
	w.micros(`"full_total_us":`, full.Total)
	w.end(at)
}

func (w *writer) some(some *snapshot.Stall) {
	w.fraction(`"some_avg10":`, some.Avg10, 2)
	w.fraction(`"some_avg60":`, some.Avg60, 2)
	w.fraction(`"some_avg300":`, some.Avg300, 2)
	w.micros(`"some_total_us":`, some.Total)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package quota

import (
	"time"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// quotaHistory remembers the control group of the snapshot before, to tell when its counters began, for a process may be
// moved to another group, and how much CPU time it had in between.
type History struct {
	time   int64 // Of the reading before.
	start  int64
	before snapshot.Quota

	spent snapshot.Quantity // When CPU time was read last.
	at    time.Time
}

func (h *History) Complete(sc *source.Scrape) {
	h.update(&sc.Snapshot.Quota, sc.Snapshot.Time, sc.Began)
}

// update completes q, which a snapshot taken at time now has, by what only the reading before can tell. clock is the same
// moment, with the monotonic clock.
func (h *History) update(q *snapshot.Quota, now int64, clock time.Time) {
	if h.time != 0 && (q.Group != h.before.Group || groupCountsAnew(&h.before, q)) {
		h.start, h.spent = h.time, snapshot.Quantity{}
	}
	q.Start = min(h.start, now) // The clock may have been set back.
	h.time, h.before = now, *q
	h.before.IOLimits = nil // They belong to the snapshot.
	if !q.CPUUser.Known || !q.CPUSystem.Known {
		return
	}
	spent := snapshot.Known(q.CPUUser.N + q.CPUSystem.N)
	if q.CPUSince = spent.Since(h.spent); q.CPUSince.Known {
		q.Elapsed = snapshot.Known(uint64(max(clock.Sub(h.at), 0)))
	}
	h.spent, h.at = spent, clock
}

// groupCountsAnew reports whether a counter has fallen.
func groupCountsAnew(before, now *snapshot.Quota) bool {
	return fell(before.CPUUser, now.CPUUser) || fell(before.CPUSystem, now.CPUSystem) || fell(before.OOMKills, now.OOMKills) ||
		fell(before.ThrottledTime, now.ThrottledTime) || fell(before.ThrottledPeriods, now.ThrottledPeriods)
}

func fell(before, now snapshot.Quantity) bool { return before.Known && now.Known && now.N < before.N }

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package quota

import (
	"time"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// History completes snapshot.Quota from the snapshots before: the CPU time used since, and the start of the counters, which
// changes when the collector is moved to another cgroup. The zero History is ready to use. It is not safe for
// concurrent use.
type History struct {
	time   int64 // Of the snapshot before, in nanoseconds since the Unix epoch.
	start  int64 // Of the counters, likewise; 0 until they were reset once.
	before snapshot.Quota

	cpuTime   snapshot.Quantity // User and system time in nanoseconds, when both were known last.
	cpuTimeAt time.Time
}

// Complete sets Start, CPUSince and Elapsed of the snapshot. It implements source.History.
func (h *History) Complete(sc *source.Scrape) {
	h.update(&sc.Snapshot.Quota, sc.Snapshot.Time, sc.Began)
}

// update completes q of a snapshot taken at time now, in nanoseconds since the Unix epoch. clock is the same moment on the
// monotonic clock.
func (h *History) update(q *snapshot.Quota, now int64, clock time.Time) {
	if h.time != 0 && (q.Group != h.before.Group || countersReset(&h.before, q)) {
		h.start, h.cpuTime = h.time, snapshot.Quantity{}
	}
	q.Start = min(h.start, now) // The clock may have been set back.
	h.time, h.before = now, *q
	h.before.IOLimits = nil // They belong to the snapshot.
	if !q.CPUUser.Known || !q.CPUSystem.Known {
		return
	}
	cpuTime := snapshot.Known(q.CPUUser.N + q.CPUSystem.N)
	if q.CPUSince = cpuTime.Since(h.cpuTime); q.CPUSince.Known {
		q.Elapsed = snapshot.Known(uint64(max(clock.Sub(h.cpuTimeAt), 0)))
	}
	h.cpuTime, h.cpuTimeAt = cpuTime, clock
}

// countersReset reports whether a counter has decreased.
func countersReset(before, now *snapshot.Quota) bool {
	return now.CPUUser.Fell(before.CPUUser) || now.CPUSystem.Fell(before.CPUSystem) || now.OOMKills.Fell(before.OOMKills) ||
		now.ThrottledTime.Fell(before.ThrottledTime) || now.ThrottledPeriods.Fell(before.ThrottledPeriods)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"time"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// quotaHistory remembers how much CPU time our control group had had in the snapshot before.
type quotaHistory struct {
	spent snapshot.Quantity
	at    time.Time
}

// update completes q, once it was read, by what only the reading before can tell. now has a monotonic clock.
func (h *quotaHistory) update(q *snapshot.Quota, now time.Time) {
	if !q.CPUUser.Known || !q.CPUSystem.Known || now.Equal(h.at) {
		return
	}
	spent := snapshot.Known(q.CPUUser.N + q.CPUSystem.N)
	if q.CPUSince = spent.Since(h.spent); q.CPUSince.Known {
		q.Elapsed = snapshot.Known(uint64(max(now.Sub(h.at), 0)))
	}
	h.spent, h.at = spent, now
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"github.com/shirou/gopsutil/v4/net"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Conntrack fills n.Conntrack and n.ConntrackLimit, those of the reader's network namespace.
func (r *Reader) Conntrack(n *snapshot.Network) error {
	counters, err := net.FilterCountersWithContext(r.ctx)
	if err != nil {
		return err
	}
	for _, c := range counters {
		n.Conntrack, n.ConntrackLimit = snapshot.Known(uint64(max(c.ConnTrackCount, 0))), snapshot.Known(uint64(max(c.ConnTrackMax, 0)))
	}
	return nil
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"github.com/shirou/gopsutil/v4/mem"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// platformMemory cannot tell a line that is missing in /proc/meminfo from one that says 0: gopsutil gives 0 for both.
func platformMemory(m *snapshot.Memory, v *mem.VirtualMemoryStat) {
	m.Buffered = snapshot.Known(v.Buffers)
	m.Cached = snapshot.Known(v.Cached)
	m.SlabReclaimable = snapshot.Known(v.Sreclaimable)
	m.SlabUnreclaimable = snapshot.Known(v.Sunreclaim)
	m.Shared = snapshot.Known(v.Shared)
	m.Dirty = snapshot.Known(v.Dirty)
	m.SwapTotal = snapshot.Known(v.SwapTotal)
	if v.SwapFree <= v.SwapTotal {
		m.SwapUsed = snapshot.Known(v.SwapTotal - v.SwapFree)
	}
	if v.HugePageSize == 0 {
		return // A kernel without huge pages.
	}
	m.HugePages = snapshot.HugePages{
		PageSize: snapshot.Known(v.HugePageSize),
		Total:    snapshot.Known(v.HugePagesTotal),
		Free:     snapshot.Known(v.HugePagesFree),
		Reserved: snapshot.Known(v.HugePagesRsvd),
		Surplus:  snapshot.Known(v.HugePagesSurp),
	}
}

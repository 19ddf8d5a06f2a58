// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"github.com/shirou/gopsutil/v4/mem"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// platformMemory takes 0 for known: gopsutil returns it for a line that says 0 and for one missing in /proc/meminfo alike.
func platformMemory(m *snapshot.Memory, v *mem.VirtualMemoryStat) {
	m.Buffered = part(v.Buffers, v.Total)
	m.Cached = part(v.Cached, v.Total)
	m.SlabReclaimable = part(v.Sreclaimable, v.Total)
	m.SlabUnreclaimable = part(v.Sunreclaim, v.Total)
	m.Shared = part(v.Shared, v.Total)
	m.Dirty = part(v.Dirty, v.Total)
	if !m.Available.Known && m.Free.Known && m.Cached.Known { // MemAvailable cannot be right.
		m.Available = part(v.Free+v.Cached, v.Total)
		m.Used = snapshot.Quantity{N: v.Total - m.Available.N, Known: m.Available.Known}
	}
	m.SwapTotal = count(v.SwapTotal)
	if v.SwapFree <= v.SwapTotal {
		m.SwapUsed = snapshot.Known(v.SwapTotal - v.SwapFree)
	}
	if v.HugePageSize == 0 {
		return // A kernel without huge pages.
	}
	m.HugePages = snapshot.HugePages{
		PageSize: snapshot.Known(v.HugePageSize),
		Total:    snapshot.Known(v.HugePagesTotal),
		Free:     part(v.HugePagesFree, v.HugePagesTotal),
		Reserved: part(v.HugePagesRsvd, v.HugePagesTotal),
		Surplus:  part(v.HugePagesSurp, v.HugePagesTotal),
	}
}

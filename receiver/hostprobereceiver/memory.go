// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

func (p *points) recordMemory(m *snapshot.Memory) {
	for _, state := range [...]struct {
		metadata.AttributeMemoryState
		snapshot.Quantity
	}{
		{metadata.AttributeMemoryStateUsed, m.Used},
		{metadata.AttributeMemoryStateFree, m.Free},
		{metadata.AttributeMemoryStateBuffered, m.Buffered},
		{metadata.AttributeMemoryStateCached, m.Cached},
		{metadata.AttributeMemoryStateInactive, m.Inactive},
		{metadata.AttributeMemoryStateSlabReclaimable, m.SlabReclaimable},
		{metadata.AttributeMemoryStateSlabUnreclaimable, m.SlabUnreclaimable},
	} {
		if !state.Known {
			continue
		}
		p.SystemMemoryUsage.Record(signed(state.N), state.AttributeMemoryState)
		if m.Total.Known && m.Total.N > 0 {
			p.SystemMemoryUtilization.Record(share(state.N, m.Total.N), state.AttributeMemoryState)
		}
	}
	if m.Total.Known {
		p.SystemMemoryLimit.Record(signed(m.Total.N))
	}
	if m.Available.Known {
		p.SystemLinuxMemoryAvailable.Record(signed(m.Available.N))
	}
	if m.Dirty.Known {
		p.SystemLinuxMemoryDirty.Record(signed(m.Dirty.N))
	}
	if m.Shared.Known {
		p.SystemMemoryLinuxShared.Record(signed(m.Shared.N))
	}
	if m.PageSize.Known {
		p.SystemMemoryPageSize.Record(signed(m.PageSize.N))
	}
	p.recordHugePages(&m.HugePages)
}

func (p *points) recordHugePages(h *snapshot.HugePages) {
	if h.PageSize.Known {
		p.SystemMemoryLinuxHugepagesPageSize.Record(signed(h.PageSize.N))
	}
	if h.Total.Known {
		p.SystemMemoryLinuxHugepagesLimit.Record(signed(h.Total.N))
	}
	if h.Reserved.Known {
		p.SystemMemoryLinuxHugepagesReserved.Record(signed(h.Reserved.N))
	}
	if h.Surplus.Known {
		p.SystemMemoryLinuxHugepagesSurplus.Record(signed(h.Surplus.N))
	}
	if !h.Total.Known || !h.Free.Known || h.Free.N > h.Total.N {
		return
	}
	const free, used = metadata.AttributeMemoryHugepagesStateFree, metadata.AttributeMemoryHugepagesStateUsed
	inUse := h.Total.N - h.Free.N
	p.SystemMemoryLinuxHugepagesUsage.Record(signed(h.Free.N), free)
	p.SystemMemoryLinuxHugepagesUsage.Record(signed(inUse), used)
	if h.Total.N > 0 {
		p.SystemMemoryLinuxHugepagesUtilization.Record(share(h.Free.N, h.Total.N), free)
		p.SystemMemoryLinuxHugepagesUtilization.Record(share(inUse, h.Total.N), used)
	}
}

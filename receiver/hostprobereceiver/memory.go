// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// MemoryConfig has the options of the memory scraper.
type MemoryConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`

	_ struct{} // Prevents unkeyed literals.
}

var memoryMetrics = []string{
	"system.linux.memory.available",
	"system.linux.memory.dirty",
	"system.memory.limit",
	"system.memory.linux.hugepages.limit",
	"system.memory.linux.hugepages.page_size",
	"system.memory.linux.hugepages.reserved",
	"system.memory.linux.hugepages.surplus",
	"system.memory.linux.hugepages.usage",
	"system.memory.linux.hugepages.utilization",
	"system.memory.linux.shared",
	"system.memory.page_size",
	"system.memory.usage",
	"system.memory.utilization",
}

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
	recordKnown(m.Total, p.SystemMemoryLimit.Record)
	recordKnown(m.Available, p.SystemLinuxMemoryAvailable.Record)
	recordKnown(m.Dirty, p.SystemLinuxMemoryDirty.Record)
	recordKnown(m.Shared, p.SystemMemoryLinuxShared.Record)
	recordKnown(m.PageSize, p.SystemMemoryPageSize.Record)
	p.recordHugePages(&m.HugePages)
}

func (p *points) recordHugePages(h *snapshot.HugePages) {
	recordKnown(h.PageSize, p.SystemMemoryLinuxHugepagesPageSize.Record)
	recordKnown(h.Total, p.SystemMemoryLinuxHugepagesLimit.Record)
	recordKnown(h.Reserved, p.SystemMemoryLinuxHugepagesReserved.Record)
	recordKnown(h.Surplus, p.SystemMemoryLinuxHugepagesSurplus.Record)
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

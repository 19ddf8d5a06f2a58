// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// PagingConfig has the options of the paging scraper.
type PagingConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`

	_ struct{} // Prevents unkeyed literals.
}

var pagingMetrics = []string{
	"system.paging.faults",
	"system.paging.operations",
	"system.paging.usage",
	"system.paging.utilization",
}

func wantPaging(cfg *Config, want *snapshot.Want) {
	m := &cfg.Metrics
	want.Paging.Counts = m.SystemPagingFaults.Enabled || m.SystemPagingOperations.Enabled
	want.Paging.Areas = m.SystemPagingUsage.Enabled || m.SystemPagingUtilization.Enabled
}

func (p *points) recordPaging(s *snapshot.Paging) {
	const (
		major, minor = metadata.AttributePagingTypeMajor, metadata.AttributePagingTypeMinor
		in, out      = metadata.AttributePagingDirectionPageIn, metadata.AttributePagingDirectionPageOut
		used, free   = metadata.AttributePagingStateUsed, metadata.AttributePagingStateFree
	)
	recordKnown(s.FaultsMajor, func(n int64) { p.SystemPagingFaults.Record(n, major) })
	recordKnown(s.FaultsMinor, func(n int64) { p.SystemPagingFaults.Record(n, minor) })
	recordKnown(s.SwapIn, func(n int64) { p.SystemPagingOperations.Record(n, in, major) })
	recordKnown(s.SwapOut, func(n int64) { p.SystemPagingOperations.Record(n, out, major) })
	recordKnown(s.DiskIn, func(n int64) { p.SystemPagingOperations.Record(n, in, minor) })
	recordKnown(s.DiskOut, func(n int64) { p.SystemPagingOperations.Record(n, out, minor) })
	for i := range s.Areas {
		area, isFirst := wholeArea(s.Areas, i)
		if !isFirst {
			continue
		}
		recordKnown(area.Used, func(n int64) { p.SystemPagingUsage.Record(n, area.Device, used) })
		if !area.Used.Known || !area.Size.Known || area.Used.N > area.Size.N {
			continue
		}
		unused := area.Size.N - area.Used.N
		p.SystemPagingUsage.Record(signed(unused), area.Device, free)
		if area.Size.N > 0 {
			p.SystemPagingUtilization.Record(share(area.Used.N, area.Size.N), area.Device, used)
			p.SystemPagingUtilization.Record(share(unused, area.Size.N), area.Device, free)
		}
	}
}

// wholeArea adds up area i and all later ones with its name; isFirst is false if an earlier one has it. Swap files that were removed
// while in use may have the same name.
func wholeArea(areas []snapshot.SwapArea, i int) (whole snapshot.SwapArea, isFirst bool) {
	whole = areas[i]
	for j := range areas {
		switch {
		case j == i || areas[j].Device != whole.Device:
		case j < i:
			return whole, false
		default:
			whole.Size = plus(whole.Size, areas[j].Size)
			whole.Used = plus(whole.Used, areas[j].Used)
		}
	}
	return whole, true
}

// plus is known when both are.
func plus(a, b snapshot.Quantity) snapshot.Quantity {
	if !a.Known || !b.Known {
		return snapshot.Quantity{}
	}
	return snapshot.Known(a.N + b.N)
}

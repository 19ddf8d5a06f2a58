// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package portable

import (
	"github.com/shirou/gopsutil/v4/mem"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// pagingCounts fills nothing: gopsutil counts no paging here.
func pagingCounts(*snapshot.Paging, *mem.SwapMemoryStat, uint64) {}

// pagingAreas fills one area without a name that stands for all: to tell them apart gopsutil would run a command.
func (r *Reader) pagingAreas(p *snapshot.Paging, swap *mem.SwapMemoryStat) error {
	p.Areas = append(p.Areas, snapshot.SwapArea{Size: count(swap.Total), Used: part(swap.Used, swap.Total)})
	return nil
}

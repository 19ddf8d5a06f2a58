// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"github.com/shirou/gopsutil/v4/mem"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// pagingCounts takes back what gopsutil multiplies the numbers of /proc/vmstat by, pages and KiB alike.
func pagingCounts(p *snapshot.Paging, swap *mem.SwapMemoryStat, pageSize uint64) {
	const factor = 4 * 1024
	p.FaultsMajor = snapshot.Known(swap.PgMajFault / factor)
	if swap.PgMajFault <= swap.PgFault {
		p.FaultsMinor = snapshot.Known((swap.PgFault - swap.PgMajFault) / factor)
	}
	p.SwapIn, p.SwapOut = snapshot.Known(swap.Sin/factor), snapshot.Known(swap.Sout/factor)
	p.DiskIn, p.DiskOut = snapshot.Known(swap.PgIn/factor/(pageSize/1024)), snapshot.Known(swap.PgOut/factor/(pageSize/1024))
}

func (r *Reader) pagingAreas(p *snapshot.Paging, _ *mem.SwapMemoryStat) error {
	devices, err := mem.SwapDevicesWithContext(r.ctx)
	if err != nil {
		return err
	}
	for _, d := range devices {
		p.Areas = append(p.Areas, snapshot.SwapArea{Device: text(unescaped(d.Name)), Size: count(d.UsedBytes + d.FreeBytes), Used: part(d.UsedBytes, d.UsedBytes+d.FreeBytes)})
	}
	return nil
}

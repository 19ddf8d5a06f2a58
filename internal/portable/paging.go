// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"os"

	"github.com/shirou/gopsutil/v4/mem"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Paging fills the requested parts of p.
func (r *Reader) Paging(p *snapshot.Paging, counts, areas bool) error {
	swap, err := mem.SwapMemoryWithContext(r.ctx)
	if err != nil {
		return err
	}
	if counts {
		pagingCounts(p, swap, uint64(os.Getpagesize()))
	}
	if areas {
		return r.pagingAreas(p, swap)
	}
	return nil
}

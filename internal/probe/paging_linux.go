// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"os"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// pagingSource reads /proc/vmstat and /proc/swaps.
type pagingSource struct {
	host  *source.Host
	swaps *source.File[procfs.Swaps, *procfs.Swaps]
	names *intern.Strings
}

// maxSwapAreas is the kernel's MAX_SWAPFILES.
const maxSwapAreas = 32

func newPagingSource(h *source.Host) *pagingSource {
	swaps := source.NewFile[procfs.Swaps](h, "proc/swaps", pseudofs.Records)
	return &pagingSource{h, swaps, intern.New(maxSwapAreas, h.MaxLength)}
}

func (p *pagingSource) Read(sc *source.Scrape) (filled bool) {
	if sc.Want.Paging.Counts {
		if vmstat := p.host.Vmstat.Read(sc); vmstat != nil {
			fillPaging(&sc.Snapshot.Paging, vmstat, uint64(os.Getpagesize()))
			filled = true
		}
	}
	if sc.Want.Paging.Areas {
		if swaps := p.swaps.Read(sc); swaps != nil {
			p.fillAreas(&sc.Snapshot.Paging, swaps)
			filled = true
		}
	}
	return filled
}

func fillPaging(s *snapshot.Paging, k *procfs.Vmstat, pageSize uint64) {
	s.FaultsMajor = snapshot.Quantity(k.Pgmajfault)
	s.FaultsMinor = source.Sub(snapshot.Quantity(k.Pgfault), s.FaultsMajor)
	s.SwapIn, s.SwapOut = snapshot.Quantity(k.Pswpin), snapshot.Quantity(k.Pswpout)
	s.DiskIn, s.DiskOut = pagesOf(k.Pgpgin, pageSize), pagesOf(k.Pgpgout, pageSize)
}

// pagesOf turns KiB, in which pgpgin and pgpgout are in spite of their names, into pages.
func pagesOf(kiB procfs.Number, pageSize uint64) snapshot.Quantity {
	return snapshot.Quantity{N: kiB.N / (pageSize / 1024), Known: kiB.Known}
}

func (p *pagingSource) fillAreas(s *snapshot.Paging, k *procfs.Swaps) {
	for i := range k.Areas {
		area := &k.Areas[i]
		s.Areas = append(s.Areas, snapshot.SwapArea{
			Device: p.names.String(area.Filename), Size: source.BytesOfKB(area.Size), Used: source.BytesOfKB(area.Used),
		})
	}
	p.names.Sweep()
}

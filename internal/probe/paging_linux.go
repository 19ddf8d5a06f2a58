// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"os"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// pagingSource reads /proc/vmstat and /proc/swaps.
type pagingSource struct {
	*native
	swaps *kernelFile[procfs.Swaps, *procfs.Swaps]
	names *intern.Strings
}

// maxSwapAreas is the kernel's MAX_SWAPFILES.
const maxSwapAreas = 32

func newPagingSource(n *native) *pagingSource {
	swaps := newKernelFile[procfs.Swaps](n, "proc/swaps", pseudofs.Records)
	return &pagingSource{n, swaps, intern.New(maxSwapAreas, n.options.maxLength())}
}

func (p *pagingSource) read(sc *scrape) (filled bool) {
	if p.options.Want.PagingCounts {
		if vmstat := p.vmstat.read(sc); vmstat != nil {
			fillPaging(&sc.snapshot.Paging, vmstat, uint64(os.Getpagesize()))
			filled = true
		}
	}
	if p.options.Want.PagingAreas {
		if swaps := p.swaps.read(sc); swaps != nil {
			p.fillAreas(&sc.snapshot.Paging, swaps)
			filled = true
		}
	}
	return filled
}

func fillPaging(s *snapshot.Paging, k *procfs.Vmstat, pageSize uint64) {
	s.FaultsMajor = snapshot.Quantity(k.Pgmajfault)
	s.FaultsMinor = minus(snapshot.Quantity(k.Pgfault), s.FaultsMajor)
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
			Device: p.names.String(area.Filename), Size: bytesOf(area.Size), Used: bytesOf(area.Used),
		})
	}
	p.names.Sweep()
}

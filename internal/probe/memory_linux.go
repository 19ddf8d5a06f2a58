// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"os"

	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// memorySource reads /proc/meminfo.
type memorySource struct{ host *Host }

func (m memorySource) read(sc *scrape) (filled bool) {
	meminfo := m.host.meminfo.read(sc)
	if meminfo == nil {
		return false
	}
	fillMemory(&sc.snapshot.Memory, meminfo)
	if !meminfo.MemTotal.Known {
		m.host.meminfo.absent(sc)
	}
	return true
}

func fillMemory(s *snapshot.Memory, k *procfs.Meminfo) {
	s.PageSize = snapshot.Known(uint64(os.Getpagesize()))
	s.Total = bytesOf(k.MemTotal)
	s.Free = bytesOf(k.MemFree)
	s.Buffered = bytesOf(k.Buffers)
	s.Cached = bytesOf(k.Cached)
	if k.SReclaimable.Known { // gVisor does not say.
		s.Cached = plus(s.Cached, bytesOf(k.SReclaimable))
	}
	s.Available = bytesOf(k.MemAvailable)
	if !k.MemAvailable.Known {
		s.Available = plus(s.Free, s.Cached) // What Linux before 3.14 could tell.
	}
	s.Used = minus(s.Total, s.Available)
	s.SlabReclaimable = bytesOf(k.SReclaimable)
	s.SlabUnreclaimable = bytesOf(k.SUnreclaim)
	s.Shared = bytesOf(k.Shmem)
	s.Dirty = bytesOf(k.Dirty)
	s.SwapTotal, s.SwapUsed = bytesOf(k.SwapTotal), minus(bytesOf(k.SwapTotal), bytesOf(k.SwapFree))
	s.HugePages = snapshot.HugePages{
		PageSize: bytesOf(k.Hugepagesize),
		Total:    snapshot.Quantity(k.HugePagesTotal),
		Free:     snapshot.Quantity(k.HugePagesFree),
		Reserved: snapshot.Quantity(k.HugePagesRsvd),
		Surplus:  snapshot.Quantity(k.HugePagesSurp),
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"os"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// memorySource reads /proc/meminfo.
type memorySource struct{ host *source.Host }

func (m memorySource) Read(sc *source.Scrape) (filled bool) {
	meminfo := m.host.Meminfo.Read(sc)
	if meminfo == nil {
		return false
	}
	fillMemory(&sc.Snapshot.Memory, meminfo)
	if !meminfo.MemTotal.Known {
		m.host.Meminfo.Absent(sc)
	}
	return true
}

func fillMemory(s *snapshot.Memory, k *procfs.Meminfo) {
	s.PageSize = snapshot.Known(uint64(os.Getpagesize()))
	s.Total = source.BytesOfKB(k.MemTotal)
	s.Free = source.BytesOfKB(k.MemFree)
	s.Buffered = source.BytesOfKB(k.Buffers)
	s.Cached = source.BytesOfKB(k.Cached)
	if k.SReclaimable.Known { // gVisor does not say.
		s.Cached = source.PartOf(s.Total, source.Add(s.Cached, source.BytesOfKB(k.SReclaimable)))
	}
	s.Available = source.BytesOfKB(k.MemAvailable)
	if !k.MemAvailable.Known { // Before Linux 3.14, or it is implausible.
		s.Available = source.PartOf(s.Total, source.Add(s.Free, s.Cached))
	}
	s.Used = source.Sub(s.Total, s.Available)
	s.SlabReclaimable = source.BytesOfKB(k.SReclaimable)
	s.SlabUnreclaimable = source.BytesOfKB(k.SUnreclaim)
	s.Shared = source.BytesOfKB(k.Shmem)
	s.Dirty = source.BytesOfKB(k.Dirty)
	s.SwapTotal, s.SwapUsed = source.BytesOfKB(k.SwapTotal), source.Sub(source.BytesOfKB(k.SwapTotal), source.BytesOfKB(k.SwapFree))
	s.HugePages = snapshot.HugePages{
		PageSize: source.BytesOfKB(k.Hugepagesize),
		Total:    snapshot.Quantity(k.HugePagesTotal),
		Free:     snapshot.Quantity(k.HugePagesFree),
		Reserved: snapshot.Quantity(k.HugePagesRsvd),
		Surplus:  snapshot.Quantity(k.HugePagesSurp),
	}
}

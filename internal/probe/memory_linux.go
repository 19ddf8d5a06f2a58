// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"os"

	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// memorySource reads /proc/meminfo.
type memorySource struct{ *native }

func (m memorySource) read(sc *scrape) (filled bool) {
	meminfo := m.meminfo.read(sc)
	if meminfo == nil {
		return false
	}
	fillMemory(&sc.snapshot.Memory, meminfo)
	if !meminfo.MemTotal.Known {
		m.meminfo.absent(sc)
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
		s.Cached = partOf(s.Total, plus(s.Cached, bytesOf(k.SReclaimable)))
	}
	s.Available = bytesOf(k.MemAvailable)
	if !k.MemAvailable.Known { // Before Linux 3.14, or it cannot be right.
		s.Available = partOf(s.Total, plus(s.Free, s.Cached))
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

// bytesOf turns the kernel's kB, which are units of 1024 bytes, into bytes.
func bytesOf(kB procfs.Number) snapshot.Quantity {
	return snapshot.Quantity{N: kB.N * 1024, Known: kB.Known}
}

// plus is known when both are.
func plus(a, b snapshot.Quantity) snapshot.Quantity {
	if !a.Known || !b.Known {
		return snapshot.Quantity{}
	}
	return snapshot.Known(a.N + b.N)
}

// partOf is part, unknown if it is more than the whole.
func partOf(whole, part snapshot.Quantity) snapshot.Quantity {
	if whole.Known && part.N > whole.N {
		return snapshot.Quantity{}
	}
	return part
}

// minus is known when both are, and a is not the smaller one.
func minus(a, b snapshot.Quantity) snapshot.Quantity {
	if !a.Known || !b.Known || b.N > a.N {
		return snapshot.Quantity{}
	}
	return snapshot.Known(a.N - b.N)
}

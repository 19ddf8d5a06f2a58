// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/probe/connections"
	"github.com/superviz-io/hostprobe/internal/probe/container"
	"github.com/superviz-io/hostprobe/internal/probe/disk"
	"github.com/superviz-io/hostprobe/internal/probe/filesystem"
	"github.com/superviz-io/hostprobe/internal/probe/network"
	"github.com/superviz-io/hostprobe/internal/probe/process"
	"github.com/superviz-io/hostprobe/internal/probe/quota"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/thermal"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// native reads the kernel's own interfaces below the root.
type native struct {
	host    *source.Host
	sources [snapshot.NumDomains]source.Source
	around  *container.Detection
}

func openNative(o Options) (backend, error) {
	h, err := source.OpenHost(source.Options{Root: o.Root, SelfRoot: o.ownRoot, MaxLength: o.maxLength(), Timeout: o.callTimeout()})
	if err != nil {
		return nil, err
	}
	processes := process.NewTable(h)
	around := container.New(o.Root, o.maxLength())
	h.OnClose(around.Close)
	return &native{host: h, around: around, sources: [snapshot.NumDomains]source.Source{
		snapshot.DomainCPU:         newCPUSource(h),
		snapshot.DomainMemory:      memorySource{h},
		snapshot.DomainLoad:        newLoadSource(h),
		snapshot.DomainPaging:      newPagingSource(h),
		snapshot.DomainDisk:        disk.New(h, o.DiskFilter),
		snapshot.DomainNFS:         newNFSSource(h),
		snapshot.DomainSystem:      newSystemSource(h),
		snapshot.DomainPressure:    newPressureSource(h),
		snapshot.DomainNetwork:     network.New(h, o.InterfaceFilter),
		snapshot.DomainConnections: connections.New(h, o.maxOwners(), o.maxConnections()),
		snapshot.DomainFilesystem: filesystem.New(h, &filesystem.Options{
			Keep: o.MountFilter, Virtual: o.VirtualFilesystems,
		}),
		snapshot.DomainProcesses: process.NewCounts(h, processes),
		snapshot.DomainProcess: process.New(h, processes, &process.Options{
			Keep: o.ProcessFilter, Delay: o.ProcessDelay, MaskCommandLines: o.MaskCommandLines,
		}),
		snapshot.DomainQuota:     quota.New(h),
		snapshot.DomainContainer: around.Source(snapshot.DomainContainer),
		snapshot.DomainRuntime:   around.Source(snapshot.DomainRuntime),
		snapshot.DomainThermal:   thermal.New(h, o.chipFilter()),
	}}, nil
}

func (n *native) source(d snapshot.Domain) source.Source { return n.sources[d] }

func (n *native) bootTime(sc *source.Scrape) (int64, error) {
	stat, err := n.host.Stat.Parse(sc)
	if !stat.BootTime.Known || stat.BootTime.N > maxBootTime {
		if err == nil {
			err = source.ErrAbsent
		}
		return 0, err
	}
	return int64(stat.BootTime.N) * 1e9, nil
}

// maxBootTime, in seconds, fits 63 bits in nanoseconds.
const maxBootTime = 1<<63/1_000_000_000 - 1

// pid is what the link proc/self says: it answers in the numbers of the pid namespace that the proc was mounted in, which are
// those of its processes. Without a root that may be another than ours too, as after unshare(1) with -p alone.
func (n *native) pid() snapshot.Quantity {
	proc := n.host.FS.Dir("proc", 0)
	defer proc.Close()
	if _, err := proc.Numbers(nil); err != nil || !proc.OnProc() {
		return snapshot.Quantity{}
	}
	target, err := proc.ReadLink([]byte("self"), make([]byte, 0, 32))
	number, ok := scan.Uint(target)
	return snapshot.Quantity{N: number, Known: err == nil && ok}
}

func (n *native) close() { n.host.Close() }

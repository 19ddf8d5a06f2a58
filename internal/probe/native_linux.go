// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// native reads the kernel's own interfaces below the root.
type native struct {
	fs      *pseudofs.FS
	own     *pseudofs.FS // Our own root, which is fs unless that is another host's.
	options Options
	files   []*pseudofs.File
	sources [snapshot.NumDomains]source

	connections *connectionsSource
	network     *networkSource
	process     *processSource
	quota       *quotaSource
	thermal     *thermalSource
	calls       *blocking.Pool
	mounts      *rootMounts
	around      *surroundings

	// Files that more than one domain needs.
	stat   *kernelFile[procfs.Stat, *procfs.Stat]
	vmstat *kernelFile[procfs.Vmstat, *procfs.Vmstat]
	// meminfo has the memory that processes have shares of.
	meminfo *kernelFile[procfs.Meminfo, *procfs.Meminfo]
	// processes is the pass over /proc.
	processes *processTable
}

func openNative(o Options) (backend, error) {
	fs, err := pseudofs.OpenFS(o.Root)
	if err != nil {
		return nil, err
	}
	n := &native{fs: fs, own: fs, options: o}
	if o.Root != "" || o.ownRoot != "" {
		if n.own, err = pseudofs.OpenFS(o.ownRoot); err != nil {
			fs.Close()
			return nil, err
		}
	}
	n.calls = blocking.NewPool(fs, o.callTimeout())
	n.mounts = &rootMounts{fs: fs, calls: n.calls, known: map[string]*mountLookup{}}
	n.stat = newKernelFile[procfs.Stat](n, "proc/stat", pseudofs.Single)
	n.vmstat = newKernelFile[procfs.Vmstat](n, "proc/vmstat", pseudofs.Records)
	n.meminfo = newKernelFile[procfs.Meminfo](n, "proc/meminfo", pseudofs.Single)
	n.processes = newProcessTable(n)
	n.connections = newConnectionsSource(n)
	n.network = newNetworkSource(n)
	n.process = newProcessSource(n)
	n.quota = newQuotaSource(n)
	n.thermal = newThermalSource(n)
	n.around = newSurroundings(&n.options)
	n.sources = [snapshot.NumDomains]source{
		snapshot.DomainConnections: n.connections,
		snapshot.DomainFilesystem:  newFilesystemSource(n),

		snapshot.DomainCPU:      newCPUSource(n),
		snapshot.DomainDisk:     newDiskSource(n),
		snapshot.DomainNFS:      newNFSSource(n),
		snapshot.DomainLoad:     newLoadSource(n),
		snapshot.DomainNetwork:  n.network,
		snapshot.DomainMemory:   memorySource{n},
		snapshot.DomainPaging:   newPagingSource(n),
		snapshot.DomainPressure: newPressureSource(n),
		snapshot.DomainProcess:  n.process,
		snapshot.DomainQuota:    n.quota,
		snapshot.DomainSystem:   newSystemSource(n),
		snapshot.DomainThermal:  n.thermal,

		snapshot.DomainProcesses: processesSource{n},
		snapshot.DomainContainer: n.around.of(snapshot.DomainContainer),
		snapshot.DomainRuntime:   n.around.of(snapshot.DomainRuntime),
	}
	return n, nil
}

func (n *native) source(d snapshot.Domain) source { return n.sources[d] }

func (n *native) bootTime(sc *scrape) (int64, error) {
	stat, err := n.stat.parse(sc)
	if !stat.BootTime.Known || stat.BootTime.N > maxBootTime {
		if err == nil {
			err = errAbsent
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
	proc := n.fs.Dir("proc", 0)
	defer proc.Close()
	if _, err := proc.Numbers(nil); err != nil || !proc.OnProc() {
		return snapshot.Quantity{}
	}
	target, err := proc.ReadLink([]byte("self"), make([]byte, 0, 32))
	number, ok := scan.Uint(target)
	return snapshot.Quantity{N: number, Known: err == nil && ok}
}

func (n *native) close() {
	for _, file := range n.files {
		file.Close()
	}
	n.connections.close()
	n.network.links.close()
	n.quota.close()
	n.processes.close()
	n.thermal.chips.close()
	n.calls.Close()
	if n.own != n.fs {
		n.own.Close()
	}
	n.around.close()
	n.fs.Close()
}

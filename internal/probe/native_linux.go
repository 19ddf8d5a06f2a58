// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// native reads the kernel's own interfaces below the root.
type native struct {
	fs   *pseudofs.FS
	root string
	stat *statFile
	cpu  *cpuSource
	load *loadSource
	mem  *memorySource
}

func openNative(o Options) (backend, error) {
	fs, err := pseudofs.OpenFS(o.Root)
	if err != nil {
		return nil, err
	}
	stat := &statFile{file: fs.File("proc/stat", pseudofs.Single)}
	return &native{
		fs: fs, root: o.Root, stat: stat,
		cpu:  newCPUSource(fs, stat, o.Want),
		load: &loadSource{file: fs.File("proc/loadavg", pseudofs.Single), stat: stat, cpus: o.Want.LoadCPUs},
		mem:  &memorySource{file: fs.File("proc/meminfo", pseudofs.Single)},
	}, nil
}

func (n *native) source(d snapshot.Domain) source {
	return [snapshot.NumDomains]source{
		snapshot.DomainCPU: n.cpu, snapshot.DomainLoad: n.load, snapshot.DomainMemory: n.mem,
	}[d]
}

func (n *native) bootTime(sc *scrape) (int64, error) {
	stat, err := n.stat.read(sc.tick)
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

func (n *native) close() {
	for _, file := range []*pseudofs.File{n.stat.file, n.cpu.info, n.load.file, n.mem.file} {
		file.Close()
	}
	n.fs.Close()
}

// statFile is /proc/stat, which several domains need and which is read once for all of them.
type statFile struct {
	file *pseudofs.File
	stat procfs.Stat
	tick uint64
	err  error
}

// read returns the text of the snapshot with number tick, parsed. With a malformed line the rest is there.
func (f *statFile) read(tick uint64) (*procfs.Stat, error) {
	if f.tick == tick {
		return &f.stat, f.err
	}
	f.tick = tick
	text, err := f.file.Read()
	if parseErr := f.stat.Parse(text); err == nil {
		err = parseErr
	}
	f.err = err
	return &f.stat, err
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// loadSource reads /proc/loadavg, and counts the CPUs in /proc/stat where they are asked for.
type loadSource struct {
	*native
	loadavg *kernelFile[procfs.Loadavg, *procfs.Loadavg]
}

func newLoadSource(n *native) *loadSource {
	return &loadSource{n, newKernelFile[procfs.Loadavg](n, "proc/loadavg", pseudofs.Single)}
}

func (l *loadSource) read(sc *scrape) (filled bool) {
	loadavg := l.loadavg.read(sc)
	if loadavg == nil || !isComplete(l.loadavg.err) {
		return false
	}
	sc.snapshot.Load = snapshot.Load{
		One: snapshot.Quantity(loadavg.One), Five: snapshot.Quantity(loadavg.Five), Fifteen: snapshot.Quantity(loadavg.Fifteen),
	}
	if l.options.Want.LoadCPUs {
		if stat := l.stat.readLines(sc); stat != nil && len(stat.CPU) > 0 {
			sc.snapshot.Load.CPUs = snapshot.Known(uint64(len(stat.CPU)))
		} else if stat != nil {
			l.stat.absent(sc)
		}
	}
	return true
}

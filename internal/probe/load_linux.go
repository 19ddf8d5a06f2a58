// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// loadSource reads /proc/loadavg, and counts the CPUs in /proc/stat where they are requested.
type loadSource struct {
	host    *source.Host
	loadavg *source.File[procfs.Loadavg, *procfs.Loadavg]
}

func newLoadSource(h *source.Host) *loadSource {
	return &loadSource{h, source.NewFile[procfs.Loadavg](h, "proc/loadavg", pseudofs.Single)}
}

// Read implements source.Source.
func (l *loadSource) Read(sc *source.Scrape) (filled bool) {
	loadavg := l.loadavg.Read(sc)
	if loadavg == nil || !source.IsComplete(l.loadavg.Err()) {
		return false
	}
	sc.Snapshot.Load = snapshot.Load{
		One: snapshot.Quantity(loadavg.One), Five: snapshot.Quantity(loadavg.Five), Fifteen: snapshot.Quantity(loadavg.Fifteen),
	}
	if sc.Want.Load.CPUs {
		if stat := l.host.Stat.ReadLines(sc); stat != nil && len(stat.CPU) > 0 {
			sc.Snapshot.Load.CPUs = snapshot.Known(uint64(len(stat.CPU)))
		} else if stat != nil {
			l.host.Stat.Absent(sc)
		}
	}
	return true
}

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
	file    *pseudofs.File
	loadavg procfs.Loadavg
	stat    *statFile
	cpus    bool
}

func (l *loadSource) read(sc *scrape) (filled bool) {
	text, err := l.file.Read()
	if err == nil {
		err = l.loadavg.Parse(text)
	}
	if err != nil {
		sc.fault(l.file.Name(), err)
		return false
	}
	sc.snapshot.Load = snapshot.Load{One: l.loadavg.One, Five: l.loadavg.Five, Fifteen: l.loadavg.Fifteen}
	if l.cpus {
		stat, err := l.stat.read(sc.tick)
		if sc.usable(l.stat.file.Name(), err) && len(stat.CPU) > 0 {
			sc.snapshot.Load.CPUs = snapshot.Known(uint64(len(stat.CPU)))
		}
	}
	return true
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Counts is the source of the domain processes: the number of processes in each status, from the scan of a Table, and the
// number of tasks created since boot, from /proc/stat.
type Counts struct {
	host      *source.Host
	processes *Table
}

// NewCounts returns the source of the domain processes. A source that New returns for the same table shares its scan of /proc.
func NewCounts(h *source.Host, table *Table) Counts { return Counts{host: h, processes: table} }

// Read implements source.Source.
func (p Counts) Read(sc *source.Scrape) (filled bool) {
	want, s := &sc.Want.Processes, &sc.Snapshot.Processes
	if want.ByStatus && p.processes.walk(sc) {
		for _, one := range p.processes.living {
			s.ByStatus[statusOf(one.stat.State)]++
		}
		s.Hidden, s.CountKnown = p.processes.hidden, true
		s.ByStatus[snapshot.StatusUnknown] += s.Hidden
		filled = true
	}
	if want.Created {
		if stat := p.host.Stat.Read(sc); stat != nil {
			s.Created = snapshot.Quantity(stat.Processes)
			if !stat.Processes.Known {
				p.host.Stat.Absent(sc)
			}
			filled = true
		}
	}
	return filled
}

// statusOf returns the status for the state letter of /proc/PID/stat, see task_state_array in fs/proc/array.c.
func statusOf(state byte) snapshot.ProcessStatus {
	switch state {
	case 'D':
		return snapshot.StatusBlocked
	case 'I':
		return snapshot.StatusIdle
	case 'R':
		return snapshot.StatusRunning
	case 'S':
		return snapshot.StatusSleeping
	case 'T', 't':
		return snapshot.StatusStopped
	case 'W':
		return snapshot.StatusPaging // Before Linux 2.6.
	case 'Z':
		return snapshot.StatusZombie
	}
	return snapshot.StatusUnknown // X is dead, P is parked.
}

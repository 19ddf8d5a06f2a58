// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Counts counts the processes by status, and reads how many were created from /proc/stat.
type Counts struct {
	host      *source.Host
	processes *Table
}

// NewCounts returns the source of the domain processes, which shares the pass over /proc with New.
func NewCounts(h *source.Host, table *Table) Counts { return Counts{host: h, processes: table} }

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

// statusOf is the status of a state as /proc/PID/stat writes it, see task_state_array in fs/proc/array.c.
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
		return snapshot.StatusPaging // Until Linux 2.6.
	case 'Z':
		return snapshot.StatusZombie
	}
	return snapshot.StatusUnknown // X has ended, P is parked.
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import "github.com/superviz-io/hostprobe/internal/snapshot"

func (w *writer) process(s *snapshot.Snapshot, counts, list bool) {
	at := w.object(`"process":`)
	if counts || list {
		w.quantity(`"current_pid":`, s.Self.PID)
	}
	if counts && s.Processes.CountKnown {
		var n uint64
		for _, count := range s.Processes.ByStatus {
			n += count
		}
		w.uint(`"process_count":`, n)
	}
	if list {
		w.list(`"top_processes":`)
		for i := range s.ProcessList.Top {
			w.one(&s.ProcessList.Top[i], &s.ProcessList)
		}
		w.endList()
	}
	w.end(at)
}

func (w *writer) one(p *snapshot.Process, l *snapshot.ProcessList) {
	at := w.object(element)
	w.uint(`"pid":`, uint64(p.PID))
	w.name(`"process_name":`, p.Name)
	w.cpuOf(p, l)
	w.quantity(`"memory_rss_bytes":`, p.Resident)
	w.quantity(`"memory_vms_bytes":`, p.Virtual)
	if p.Resident.Known && l.Memory.Known {
		w.percent(`"memory_percent":`, p.Resident.N, l.Memory.N)
	}
	w.quantity(`"num_threads":`, p.Threads)
	w.quantity(`"num_fds":`, p.FileDescriptors)
	w.perSecond(`"read_bytes_per_sec":`, p.Since[snapshot.ProcessReadBytes], l.Elapsed)
	w.perSecond(`"write_bytes_per_sec":`, p.Since[snapshot.ProcessWrittenBytes], l.Elapsed)
	if p.StatusKnown {
		w.fact(statusFacts[p.Status])
	}
	w.end(at)
}

// cpuOf is the share of all CPUs' time since the snapshot before that the process had.
func (w *writer) cpuOf(p *snapshot.Process, l *snapshot.ProcessList) {
	user, system := p.Since[snapshot.ProcessUserTime], p.Since[snapshot.ProcessSystemTime]
	if user.Known && system.Known && l.Elapsed.Known && l.CPUs.Known {
		w.percent(`"cpu_percent":`, user.N+system.N, l.Elapsed.N*l.CPUs.N)
	}
}

// perSecond is how much a counter has grown in each second of the time since the snapshot before.
func (w *writer) perSecond(key string, since, elapsed snapshot.Quantity) {
	if !since.Known || !elapsed.Known {
		return
	}
	if n, ok := mulDiv(since.N, nanosecondsPerSecond, elapsed.N); ok {
		w.int(key, n)
	}
}

var statusFacts = func() (facts [snapshot.NumProcessStatuses]fact) {
	for status, name := range statusNames {
		facts[status] = factOf("state", name)
	}
	return facts
}()

// statusNames are the values of the attribute status of system.processes.count.
var statusNames = [snapshot.NumProcessStatuses]string{
	snapshot.StatusBlocked:  "blocked",
	snapshot.StatusIdle:     "idle",
	snapshot.StatusPaging:   "paging",
	snapshot.StatusRunning:  "running",
	snapshot.StatusSleeping: "sleeping",
	snapshot.StatusStopped:  "stopped",
	snapshot.StatusUnknown:  "unknown",
	snapshot.StatusZombie:   "zombies",
	snapshot.StatusDaemon:   "daemon",
	snapshot.StatusDetached: "detached",
	snapshot.StatusLocked:   "locked",
	snapshot.StatusOrphan:   "orphan",
	snapshot.StatusSystem:   "system",
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import "github.com/superviz-io/hostprobe/internal/snapshot"

func (w *writer) cpu(s *snapshot.Snapshot, told, pressure bool) {
	at := w.object(`"cpu":`)
	if told {
		w.cpuUsage(&s.CPU)
		if n := len(s.CPU.Online); n > 0 {
			w.int(`"cores":`, int64(n))
		}
		w.cpuFrequency(&s.CPU)
	}
	if pressure {
		p := w.object(`"pressure":`)
		w.some(&s.Pressure[snapshot.PressureCPU].Some)
		w.end(p)
	}
	w.end(at)
}

// cpuUsage is the share of the time since the snapshot before that the CPUs did not idle; to wait for I/O is to idle. A CPU
// whose idle time is unknown is skipped: it would count as busy.
func (w *writer) cpuUsage(c *snapshot.CPU) {
	var idle, total uint64
	for i := range c.Online {
		since := &c.Online[i].Since
		if since[snapshot.CPUIdle].Known && since[snapshot.CPUIOWait].Known {
			idle += since[snapshot.CPUIdle].N + since[snapshot.CPUIOWait].N
			total += since.Total()
		}
	}
	w.percent(`"usage_percent":`, total-idle, total)
}

// cpuFrequency is the mean of the CPUs that tell theirs.
func (w *writer) cpuFrequency(c *snapshot.CPU) {
	var kilohertz uint64
	for i := range c.Frequencies {
		kilohertz += c.Frequencies[i].Hertz / 1000
	}
	if n := uint64(len(c.Frequencies)); n > 0 {
		w.decimal(`"frequency_mhz":`, signed(kilohertz/n), 3)
	}
}

func (w *writer) memory(s *snapshot.Snapshot, told, pressure bool) {
	at := w.object(`"memory":`)
	if m := &s.Memory; told {
		w.quantity(`"total_bytes":`, m.Total)
		w.quantity(`"available_bytes":`, m.Available)
		w.quantity(`"used_bytes":`, m.Used)
		w.quantity(`"cached_bytes":`, m.Cached)
		w.quantity(`"buffers_bytes":`, m.Buffered)
		w.quantity(`"swap_total_bytes":`, m.SwapTotal)
		w.quantity(`"swap_used_bytes":`, m.SwapUsed)
		if m.Used.Known && m.Total.Known {
			w.percent(`"used_percent":`, m.Used.N, m.Total.N)
		}
	}
	if pressure {
		w.pressure(s, snapshot.PressureMemory)
	}
	w.end(at)
}

func (w *writer) load(l *snapshot.Load) {
	at := w.object(`"load":`)
	w.fraction(`"load_1min":`, l.One, 6)
	w.fraction(`"load_5min":`, l.Five, 6)
	w.fraction(`"load_15min":`, l.Fifteen, 6)
	w.end(at)
}

func (w *writer) contextSwitches(s *snapshot.Snapshot) {
	at := w.object(`"context_switches":`)
	w.quantity(`"system_total":`, s.System.ContextSwitches)
	self := w.object(`"self":`)
	w.quantity(`"voluntary":`, s.Self.VoluntarySwitches)
	w.quantity(`"involuntary":`, s.Self.InvoluntarySwitches)
	w.end(self)
	w.end(at)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// holdLimit is how far a CPU's counter may step back and still be taken for the kernel's imprecision: idle and iowait
// are estimated while a tickless CPU sleeps, and another reading may correct them downwards.
// A larger step is a reset, as some kernels before 6.8 do when a CPU comes back online.
const holdLimit = 3_000_000_000 // Nanoseconds.

// since is the one place where the increase of a counter between two readings is decided. A small step back is held
// at the value of before. ok is false when the counter was reset: now is the truth, and no increase is known.
func since(before, now uint64) (held, increase uint64, ok bool) {
	switch {
	case now >= before:
		return now, now - before, true
	case before-now <= holdLimit:
		return before, 0, true
	default:
		return now, 0, false
	}
}

// cpuHistory remembers the CPUs of the snapshots before.
type cpuHistory struct {
	reading uint64
	cpus    []cpuRecord // By number.
}

type cpuRecord struct {
	reading uint64 // The last reading that had this CPU, 0 for none.
	times   snapshot.CPUTimes
	lost    snapshot.CPUTimes // See snapshot.LogicalCPU.
}

func (h *cpuHistory) Complete(sc *source.Scrape) { h.update(&sc.Snapshot.CPU) }

// update completes c, which has the CPUs that are online now, by what only the readings before can tell.
func (h *cpuHistory) update(c *snapshot.CPU) {
	if len(c.Online) == 0 {
		return
	}
	h.reading++
	for i := range c.Online {
		cpu := &c.Online[i]
		for cpu.Number >= len(h.cpus) {
			h.cpus = append(h.cpus, cpuRecord{})
		}
		record := &h.cpus[cpu.Number]
		if record.reading != 0 {
			var lost snapshot.CPUTimes
			known := timesSince(&record.times, &cpu.Times, &cpu.Since, &lost)
			wasOnline := record.reading == h.reading-1
			cpu.SinceKnown = known && wasOnline
			if !wasOnline { // A reset of one that stayed is for everybody to see.
				record.lost = record.lost.Plus(&lost)
			}
		}
		record.reading, record.times, cpu.Lost = h.reading, cpu.Times, record.lost
	}
	for number := range h.cpus {
		if record := &h.cpus[number]; record.reading != 0 && record.reading != h.reading {
			c.Offline = append(c.Offline, snapshot.LogicalCPU{Number: number, Times: record.times, Lost: record.lost})
		}
	}
}

// timesSince holds now where it stepped back a little from before, puts the increase of each state into increase, and adds
// what a reset has cost to lost. It reports whether all increases are known.
func timesSince(before, now, increase, lost *snapshot.CPUTimes) (known bool) {
	known = true
	for _, state := range [...]struct {
		before              uint64
		now, increase, lost *uint64
	}{
		{before.User, &now.User, &increase.User, &lost.User},
		{before.Nice, &now.Nice, &increase.Nice, &lost.Nice},
		{before.System, &now.System, &increase.System, &lost.System},
		{before.Idle, &now.Idle, &increase.Idle, &lost.Idle},
		{before.IOWait, &now.IOWait, &increase.IOWait, &lost.IOWait},
		{before.IRQ, &now.IRQ, &increase.IRQ, &lost.IRQ},
		{before.SoftIRQ, &now.SoftIRQ, &increase.SoftIRQ, &lost.SoftIRQ},
		{before.Steal, &now.Steal, &increase.Steal, &lost.Steal},
	} {
		var ok bool
		*state.now, *state.increase, ok = since(state.before, *state.now)
		if !ok {
			*state.lost += state.before
			known = false
		}
	}
	return known
}

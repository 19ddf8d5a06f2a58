// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"time"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// holdLimit is how far a CPU's counter may step back and still be taken for the kernel's imprecision: idle and iowait
// are estimated while a tickless CPU sleeps, and another reading may correct them downwards.
// A larger step is a reset, as some kernels before 6.8 do when a CPU comes back online.
const holdLimit = 3_000_000_000 // Nanoseconds.

// lateLimit is how far the growth of a CPU's counter may exceed the time passed since the previous reading, because some time is
// accounted late. A counter that has grown more has run away.
const lateLimit = 24 * time.Hour

// cpuHistory remembers the CPUs of the snapshots before.
type cpuHistory struct {
	reading uint64
	at      time.Time   // Of the last reading.
	cpus    []cpuRecord // By number.
	bad     scan.LineError
}

var cpuStateNames = [snapshot.NumCPUStates]string{"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"}

type cpuRecord struct {
	reading uint64 // The last reading that had this CPU, 0 for none.
	states  [snapshot.NumCPUStates]stateRecord
}

// stateRecord is what is remembered of the time that one CPU has spent in one state.
type stateRecord struct {
	last        uint64 // The last plausible value read, if hasLast.
	reported    uint64 // The last value in a snapshot, if hasReported.
	counted     uint64 // See snapshot.LogicalCPU.
	hasLast     bool
	hasReported bool
	isReported  bool // It was known in the last snapshot.
	isDoubted   bool // The last reading was implausible, or had fallen.
}

// Complete implements source.History.
func (h *cpuHistory) Complete(sc *source.Scrape) {
	if err := h.update(&sc.Snapshot.CPU, sc.Began); err != nil {
		sc.Fault("CPU times", err)
	}
}

// update completes c, which has the CPUs that are online now, from the previous readings. now has a monotonic clock. The error
// names the states that are implausible in view of them; it is valid until the next update.
func (h *cpuHistory) update(c *snapshot.CPU, now time.Time) error {
	if len(c.Online) == 0 {
		return nil
	}
	h.bad = scan.LineError{}
	h.reading++
	most := uint64(max(now.Sub(h.at), 0)) + uint64(lateLimit)
	h.at = now
	for i := range c.Online {
		cpu := &c.Online[i]
		for cpu.Number >= len(h.cpus) {
			h.cpus = append(h.cpus, cpuRecord{})
		}
		record := &h.cpus[cpu.Number]
		wasOnline := record.reading == h.reading-1
		for state := range record.states {
			s, read := &record.states[state], cpu.Times[state]
			cpu.Times[state], cpu.Since[state] = s.update(read, wasOnline, most)
			if read.Known && !cpu.Times[state].Known {
				h.bad.AddField(0, cpuStateNames[state])
			}
			cpu.Counted[state] = snapshot.Quantity{N: s.counted, Known: s.hasReported}
		}
		record.reading = h.reading
	}
	for number := range h.cpus {
		record := &h.cpus[number]
		if record.reading == 0 || record.reading == h.reading {
			continue
		}
		offline := snapshot.OfflineCPU{Number: number}
		for state := range record.states {
			s := &record.states[state]
			offline.Counted[state] = snapshot.Quantity{N: s.counted, Known: s.hasReported}
		}
		c.Offline = append(c.Offline, offline)
	}
	return h.bad.Err()
}

// update is the one place that decides what to report of a counter and how much it has grown since the previous reading.
// A small step back is held at the previous value. A larger one is a reset and is passed on. A counter that falls again, that
// has grown by more than most, or that is implausible is unknown until it grows from one reading to the next.
func (s *stateRecord) update(now snapshot.Quantity, wasOnline bool, most uint64) (known, since snapshot.Quantity) {
	wasDoubted, wasReported := s.isDoubted, s.isReported && wasOnline
	s.isReported = false
	if !now.Known {
		s.isDoubted = true
		return snapshot.Quantity{}, snapshot.Quantity{}
	}
	hasFallen := s.hasLast && s.last > now.N+holdLimit
	hasRunAway := s.hasLast && wasOnline && now.N > s.last+most
	if wasDoubted && (hasFallen || !s.hasLast) || hasRunAway {
		s.last, s.hasLast, s.isDoubted = now.N, true, true
		return snapshot.Quantity{}, snapshot.Quantity{}
	}
	switch from := s.from(now.N, most); {
	case hasFallen && !wasOnline:
		s.counted += now.N // As much as it has counted since it came back.
	case hasFallen:
		s.counted -= s.last - now.N // A reset of one that stayed is for everybody to see.
	default:
		now.N = max(now.N, from)
		s.counted += now.N - from
		if wasReported {
			since = snapshot.Known(now.N - from)
		}
	}
	s.isDoubted = hasFallen && wasOnline
	s.last, s.hasLast, s.reported, s.hasReported, s.isReported = now.N, true, now.N, true, true
	return now, since
}

// from is the value that now has grown from, 0 for the first one: the last value reported or, if the counter was in doubt and now
// is far from that, the last value read.
func (s *stateRecord) from(now, most uint64) uint64 {
	isNear := s.reported <= now+holdLimit && now <= s.reported+most
	if s.hasReported && (isNear || !s.isDoubted) {
		return s.reported
	}
	return s.last
}

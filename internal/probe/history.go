// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"time"

	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// holdLimit is how far a CPU's counter may step back and still be taken for the kernel's imprecision: idle and iowait
// are estimated while a tickless CPU sleeps, and another reading may correct them downwards.
// A larger step is a reset, as some kernels before 6.8 do when a CPU comes back online.
const holdLimit = 3_000_000_000 // Nanoseconds.

// lateLimit is how much more than the time that has passed a CPU may have spent in a state since the reading before, for
// some time is booked late. A counter that has grown more has run away.
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
	last      uint64 // As the last reading had it that could be believed, if one had.
	told      uint64 // As the last snapshot had it that knew it, if one did.
	counted   uint64 // See snapshot.LogicalCPU.
	hasLast   bool
	hasTold   bool
	isTold    bool // The last snapshot knew it.
	isDoubted bool // The last reading could not be believed, or has fallen.
}

// update completes c, which has the CPUs that are online now, by what only the readings before can tell. now has a monotonic
// clock. The error names what cannot be right because of them; it is valid until the next update.
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
			cpu.Counted[state] = snapshot.Quantity{N: s.counted, Known: s.hasTold}
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
			offline.Counted[state] = snapshot.Quantity{N: s.counted, Known: s.hasTold}
		}
		c.Offline = append(c.Offline, offline)
	}
	return h.bad.Err()
}

// update is the one place where it is decided what becomes of a counter, and by how much it has grown since the reading
// before. A small step back is held at the value of before. A larger one is a reset, which is passed on, for now is the truth.
// But a counter that falls once more, that has grown by more than most, or that could not be read is unknown until it has
// grown from one reading to the next.
func (s *stateRecord) update(now snapshot.Quantity, wasOnline bool, most uint64) (known, since snapshot.Quantity) {
	wasDoubted, wasTold := s.isDoubted, s.isTold && wasOnline
	s.isTold = false
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
		if wasTold {
			since = snapshot.Known(now.N - from)
		}
	}
	s.isDoubted = hasFallen && wasOnline
	s.last, s.hasLast, s.told, s.hasTold, s.isTold = now.N, true, now.N, true, true
	return now, since
}

// from is the value that now has grown from, 0 if it is the first one: that of the last snapshot that had it, or after it could
// not be believed, where that is far off, the one of the last reading.
func (s *stateRecord) from(now, most uint64) uint64 {
	isNear := s.told <= now+holdLimit && now <= s.told+most
	if s.hasTold && (isNear || !s.isDoubted) {
		return s.told
	}
	return s.last
}

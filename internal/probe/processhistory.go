// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"cmp"
	"slices"
	"time"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TopBy is what the processes are ordered by of which only the first are told one by one.
type TopBy string

// The orders.
const (
	TopByCPU    TopBy = "cpu"    // CPU time since the snapshot before.
	TopByMemory TopBy = "memory" // Resident memory.
	TopByIO     TopBy = "io"     // Bytes read and written since the snapshot before.
)

// processHistory remembers the processes of the snapshot before, and which of them were told one by one.
type processHistory struct {
	count   int // How many are told, 0 for all.
	by      TopBy
	wanted  bool
	reading uint64
	at      time.Time
	records seen[uint32, processRecord]

	scores []processScore
	// grown is how much the counters of each process of the list have grown since they were known last, or since the process
	// was new.
	grown  [][snapshot.NumProcessCounters]uint64
	top    bool                     // snapshot.ProcessList.Top is asked for.
	self   snapshot.Quantity        // Number of our own process.
	others snapshot.ProcessCounters // The increases of all that were not told, from the start.
	had    bool                     // Some were not.
}

type processRecord struct {
	start   int64
	reading uint64
	// counters has what was known last of each counter, 0 if nothing was. It is Known if it was in the reading before.
	counters snapshot.ProcessCounters
	isTop    bool
}

// processScore is the place in the list of one process, and what it has of what the processes are ordered by.
type processScore struct {
	index int
	pid   uint32
	score uint64
}

// update completes l by what the reading before can tell, and leaves in its list only those to be told one by one. now
// has a monotonic clock.
func (h *processHistory) update(l *snapshot.ProcessList, now time.Time) {
	if !h.wanted && h.count == 0 {
		return
	}
	h.reading++
	if h.reading > 1 {
		l.Elapsed = snapshot.Known(uint64(max(now.Sub(h.at), 0)))
	}
	h.at = now
	h.records.begin()
	h.scores, h.grown = h.scores[:0], h.grown[:0]
	for i := range l.List {
		p := &l.List[i]
		record, isNew := h.records.at(p.PID)
		if isNew || record.start != p.Start {
			*record = processRecord{start: p.Start}
		}
		wasThere := record.reading != 0 && record.reading == h.reading-1
		h.grown = append(h.grown, [snapshot.NumProcessCounters]uint64{})
		for c := range p.Counters {
			h.grown[i][c], p.Since[c] = record.since(snapshot.ProcessCounter(c), p.Counters[c], wasThere)
		}
		h.scores = append(h.scores, processScore{i, p.PID, h.score(i, p, record)})
		record.reading = h.reading
	}
	h.records.end(nil)
	if h.top {
		h.chooseTop(l)
	}
	if h.count > 0 {
		h.choose(l)
	}
}

// since is how much a counter has grown since it was last known, or since the process was new; and since the previous reading. One
// that has fallen has not grown, and its growth since the previous reading is unknown.
func (r *processRecord) since(c snapshot.ProcessCounter, now snapshot.Quantity, wasThere bool) (grown uint64, since snapshot.Quantity) {
	before := &r.counters[c]
	if now.Known {
		grown = now.N - min(before.N, now.N)
		if wasThere && before.Known && now.N >= before.N {
			since = snapshot.Known(grown)
		}
		before.N = now.N
	}
	before.Known = now.Known
	return grown, since
}

// score is what p has of what the processes are ordered by. One that was told counts for half as much again, so that two
// that are nearly equal do not take turns.
func (h *processHistory) score(i int, p *snapshot.Process, record *processRecord) (score uint64) {
	switch h.by {
	case TopByMemory:
		score = p.Resident.N
	case TopByIO:
		score = h.grown[i][snapshot.ProcessReadBytes] + h.grown[i][snapshot.ProcessWrittenBytes]
	default:
		score = h.cpuTime(i)
	}
	if record.isTop {
		score += score / 2
	}
	return score
}

// cpuTime is how much CPU time process i of the list has had since the reading before, or since it was new.
func (h *processHistory) cpuTime(i int) uint64 {
	return h.grown[i][snapshot.ProcessUserTime] + h.grown[i][snapshot.ProcessSystemTime]
}

// choose leaves the first of the list and makes one sum of the others.
func (h *processHistory) choose(l *snapshot.ProcessList) {
	slices.SortFunc(h.scores, func(a, b processScore) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.pid, b.pid))
	})
	for rank := range h.scores {
		h.records.find(h.scores[rank].pid).isTop = rank < h.count
	}
	told := l.List[:0]
	for i := range l.List {
		p := &l.List[i]
		if h.records.find(p.PID).isTop {
			told = append(told, *p)
		} else {
			h.add(&l.Others, p, &h.grown[i])
		}
	}
	l.List = told
	l.HasOthers = h.had
	l.Others.Counters = h.others
}

// add adds one that is not told to the sum of the others.
func (h *processHistory) add(others, p *snapshot.Process, grown *[snapshot.NumProcessCounters]uint64) {
	h.had = true
	for c := range p.Counters {
		if p.Counters[c].Known {
			h.others[c] = snapshot.Known(h.others[c].N + grown[c])
		}
		addKnown(&others.Since[c], p.Since[c])
	}
	addKnown(&others.Resident, p.Resident)
	addKnown(&others.Virtual, p.Virtual)
	addKnown(&others.Threads, p.Threads)
	addKnown(&others.FileDescriptors, p.FileDescriptors)
	addKnown(&others.SignalsPending, p.SignalsPending)
}

func addKnown(sum *snapshot.Quantity, q snapshot.Quantity) {
	if q.Known {
		*sum = snapshot.Known(sum.N + q.N)
	}
}

// busiest is how many processes there are in snapshot.ProcessList.Top, beside our own.
const busiest = 10

// chooseTop puts our own process into Top, and then those that had most CPU time since the snapshot before, or in their
// lives if there was none.
func (h *processHistory) chooseTop(l *snapshot.ProcessList) {
	var first [busiest]processScore
	chosen := first[:0]
	for i := range l.List {
		p := &l.List[i]
		if h.self.Known && uint64(p.PID) == h.self.N {
			l.Top = append(l.Top, *p)
			continue
		}
		one := processScore{i, p.PID, h.cpuTime(i)}
		at := len(chosen)
		for at > 0 && one.before(&chosen[at-1]) {
			at--
		}
		if at == busiest {
			continue
		}
		if len(chosen) == busiest {
			chosen = chosen[:busiest-1]
		}
		chosen = slices.Insert(chosen, at, one)
	}
	for i := range chosen {
		l.Top = append(l.Top, l.List[chosen[i].index])
	}
}

// before orders by score, and where that is equal by number.
func (s *processScore) before(other *processScore) bool {
	return s.score > other.score || s.score == other.score && s.pid < other.pid
}

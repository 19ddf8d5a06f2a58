// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"cmp"
	"slices"
	"time"

	"github.com/superviz-io/hostprobe/internal/genmap"
	"github.com/superviz-io/hostprobe/internal/probe/source"
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
type History struct {
	Count   int // How many are told, 0 for all.
	By      TopBy
	reading uint64
	at      time.Time
	records genmap.Map[uint32, processRecord]

	scores []processScore
	Self   snapshot.Quantity        // Number of our own process.
	others snapshot.ProcessCounters // The increases of all that were not told, from the start.
	had    bool                     // Some were not.
}

type processRecord struct {
	start    int64
	reading  uint64
	counters snapshot.ProcessCounters
	isTop    bool
}

// processScore is the place in the list of one process, and what it has of what the processes are ordered by.
type processScore struct {
	index int
	pid   uint32
	score uint64
}

func (h *History) Complete(sc *source.Scrape) {
	h.update(&sc.Snapshot.ProcessList, &sc.Want.Process, sc.Began)
}

// update completes l by what the reading before can tell, and leaves in its list only those to be told one by one. now
// has a monotonic clock.
func (h *History) update(l *snapshot.ProcessList, want *snapshot.ProcessWant, now time.Time) {
	if !want.Utilization && !want.Top && h.Count == 0 {
		return
	}
	h.reading++
	if h.reading > 1 {
		l.Elapsed = snapshot.Known(uint64(max(now.Sub(h.at), 0)))
	}
	h.at = now
	h.records.Begin()
	h.scores = h.scores[:0]
	for i := range l.List {
		p := &l.List[i]
		record, isNew := h.records.Get(p.PID)
		if isNew || record.start != p.Start {
			*record = processRecord{start: p.Start}
		}
		if record.reading != 0 && record.reading == h.reading-1 {
			for c := range p.Counters {
				p.Since[c] = p.Counters[c].Since(record.counters[c])
			}
		}
		h.scores = append(h.scores, processScore{i, p.PID, h.score(p, record)})
		record.reading, record.counters = h.reading, p.Counters
	}
	h.records.End(nil)
	if want.Top {
		h.chooseTop(l)
	}
	if h.Count > 0 {
		h.choose(l)
	}
}

// score is what p has of what the processes are ordered by. One that was told counts for half as much again, so that two
// that are nearly equal do not take turns.
func (h *History) score(p *snapshot.Process, record *processRecord) (score uint64) {
	switch h.By {
	case TopByMemory:
		score = p.Resident.N
	case TopByIO:
		score = increase(p, snapshot.ProcessReadBytes) + increase(p, snapshot.ProcessWrittenBytes)
	default:
		score = increase(p, snapshot.ProcessUserTime) + increase(p, snapshot.ProcessSystemTime)
	}
	if record.isTop {
		score += score / 2
	}
	return score
}

// increase is how much a counter has grown since the reading before, or since the process was new.
func increase(p *snapshot.Process, c snapshot.ProcessCounter) uint64 {
	if p.Since[c].Known {
		return p.Since[c].N
	}
	return p.Counters[c].N
}

// choose leaves the first of the list and makes one sum of the others.
func (h *History) choose(l *snapshot.ProcessList) {
	slices.SortFunc(h.scores, func(a, b processScore) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.pid, b.pid))
	})
	for rank := range h.scores {
		h.records.Find(h.scores[rank].pid).isTop = rank < h.Count
	}
	told := l.List[:0]
	for i := range l.List {
		p := &l.List[i]
		if h.records.Find(p.PID).isTop {
			told = append(told, *p)
		} else {
			h.add(&l.Others, p)
		}
	}
	l.List = told
	l.HasOthers = h.had
	l.Others.Counters = h.others
}

// add adds one that is not told to the sum of the others.
func (h *History) add(others, p *snapshot.Process) {
	h.had = true
	for c := range p.Counters {
		if p.Counters[c].Known {
			h.others[c] = snapshot.Known(h.others[c].N + increase(p, snapshot.ProcessCounter(c)))
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
func (h *History) chooseTop(l *snapshot.ProcessList) {
	var first [busiest]processScore
	chosen := first[:0]
	for i := range l.List {
		p := &l.List[i]
		if h.Self.Known && uint64(p.PID) == h.Self.N {
			l.Top = append(l.Top, *p)
			continue
		}
		one := processScore{i, p.PID, increase(p, snapshot.ProcessUserTime) + increase(p, snapshot.ProcessSystemTime)}
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

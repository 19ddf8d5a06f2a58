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

// TopBy is the ranking that selects the processes which are listed individually.
type TopBy string

// The rankings.
const (
	TopByCPU    TopBy = "cpu"    // CPU time since the previous snapshot.
	TopByMemory TopBy = "memory" // Resident memory.
	TopByIO     TopBy = "io"     // Bytes read and written since the previous snapshot.
)

// History completes the domain process with what takes more than one snapshot: the increases of counters, the ranking of
// processes, the sum of those that are not listed, and groups. It keeps one record per process of the previous snapshot.
type History struct {
	Count int   // How many processes are listed, 0 for all.
	By    TopBy // The ranking that selects them.
	// Groups groups the listed processes; nil if there are no groups.
	Groups  *Groups
	reading uint64
	at      time.Time
	records genmap.Map[uint32, processRecord]

	scores []processScore
	grown  []growth                 // Of each process of the list.
	Self   snapshot.Quantity        // PID of the collector's own process, as the host's /proc numbers it.
	others snapshot.ProcessCounters // Increases of the processes while they were not listed, since the first snapshot.
	had    bool                     // Some process was not listed.
}

// growth is how much the counters of a process have grown since they were last known, or since it was new.
type growth struct {
	counters [snapshot.NumProcessCounters]uint64
	// from is when the growth began, in nanoseconds since the Unix epoch: the start of a new process, 0 if that is unknown, or
	// else the previous snapshot.
	from int64
}

type processRecord struct {
	start   int64
	reading uint64
	// counters has what was known last of each counter, 0 if nothing was. It is Known if it was in the reading before.
	counters snapshot.ProcessCounters
	isTop    bool
}

// processScore is a process's index in the list and its value in the ranking.
type processScore struct {
	index int
	pid   uint32
	score uint64
}

// Complete implements source.History.
func (h *History) Complete(sc *source.Scrape) {
	h.update(&sc.Snapshot.ProcessList, &sc.Want.Process, sc.Began)
}

// update completes l by comparison with the previous snapshot, and leaves in its list only the processes that are listed
// individually. now has a monotonic clock reading.
func (h *History) update(l *snapshot.ProcessList, want *snapshot.ProcessWant, now time.Time) {
	if !want.Utilization && !want.Top && h.Count == 0 && h.Groups == nil {
		return
	}
	h.reading++
	before := h.at.UnixNano()
	if h.reading > 1 {
		l.Elapsed = snapshot.Known(uint64(max(now.Sub(h.at), 0)))
	}
	h.at = now
	h.records.Begin()
	h.scores, h.grown = h.scores[:0], h.grown[:0]
	for i := range l.List {
		p := &l.List[i]
		record, isNew := h.records.Get(p.PID)
		if isNew || record.start != p.Start {
			*record = processRecord{start: p.Start}
		}
		wasThere := record.reading != 0 && record.reading == h.reading-1
		h.grown = append(h.grown, growth{from: before})
		if record.reading == 0 {
			h.grown[i].from = p.Start
		}
		for c := range p.Counters {
			h.grown[i].counters[c], p.Since[c] = record.since(snapshot.ProcessCounter(c), p.Counters[c], wasThere)
		}
		h.scores = append(h.scores, processScore{i, p.PID, h.score(i, p, record)})
		record.reading = h.reading
	}
	h.records.End(nil)
	if want.Top {
		h.chooseTop(l)
	}
	if h.Count > 0 {
		h.choose(l)
	}
	if h.Groups != nil {
		h.Groups.update(l, h.grown, now.UnixNano())
	}
}

// since is how much a counter has grown since it was last known, or since the process was new; and since the previous snapshot. One
// that has fallen has not grown, and its growth since the previous snapshot is unknown.
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

// score returns the value of p in the ranking. A process that was listed scores half as much again, so that two processes of
// nearly equal use do not alternate.
func (h *History) score(i int, p *snapshot.Process, record *processRecord) (score uint64) {
	switch h.By {
	case TopByMemory:
		score = p.Resident.N
	case TopByIO:
		score = h.grown[i].counters[snapshot.ProcessReadBytes] + h.grown[i].counters[snapshot.ProcessWrittenBytes]
	default:
		score = h.cpuTime(i)
	}
	if record.isTop {
		score += score / 2
	}
	return score
}

// cpuTime returns how much CPU time process i of the list used since the previous snapshot, or since it was new.
func (h *History) cpuTime(i int) uint64 {
	return h.grown[i].counters[snapshot.ProcessUserTime] + h.grown[i].counters[snapshot.ProcessSystemTime]
}

// choose keeps the h.Count highest ranked processes in the list, in its order, and sums the others. A process without any of the
// attributes that groups are made by has no series of its own: it would have those of the sum.
func (h *History) choose(l *snapshot.ProcessList) {
	slices.SortFunc(h.scores, func(a, b processScore) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.pid, b.pid))
	})
	for rank := range h.scores {
		h.records.Find(h.scores[rank].pid).isTop = rank < h.Count
	}
	listed := l.List[:0]
	for i := range l.List {
		p := &l.List[i]
		if h.records.Find(p.PID).isTop && !h.Groups.isAnonymous(p) {
			h.grown[len(listed)] = h.grown[i]
			listed = append(listed, *p)
		} else {
			h.add(&l.Others, p, &h.grown[i])
		}
	}
	l.List = listed
	l.HasOthers = h.had
	l.Others.Counters = h.others
}

// add adds a process that is not listed to the sum of the others.
func (h *History) add(others, p *snapshot.Process, grown *growth) {
	h.had = true
	grown.addTo(&h.others, p)
	for c := range p.Counters {
		addKnown(&others.Since[c], p.Since[c])
	}
	addKnown(&others.Resident, p.Resident)
	addKnown(&others.Virtual, p.Virtual)
	addKnown(&others.Threads, p.Threads)
	addKnown(&others.FileDescriptors, p.FileDescriptors)
	addKnown(&others.FileDescriptorLimit, p.FileDescriptorLimit)
	addKnown(&others.SignalsPending, p.SignalsPending)
}

// addTo adds the growth of p to a sum of counters.
func (g *growth) addTo(sum *snapshot.ProcessCounters, p *snapshot.Process) {
	for c := range p.Counters {
		if p.Counters[c].Known {
			sum[c] = snapshot.Known(sum[c].N + g.counters[c])
		}
	}
}

func addKnown(sum *snapshot.Quantity, q snapshot.Quantity) {
	if q.Known {
		*sum = snapshot.Known(sum.N + q.N)
	}
}

// busiest is the number of processes in snapshot.ProcessList.Top, not counting the collector.
const busiest = 10

// chooseTop puts the collector's own process into Top, followed by the processes with the most CPU time since the previous
// snapshot, since their start if there was none.
func (h *History) chooseTop(l *snapshot.ProcessList) {
	var first [busiest]processScore
	chosen := first[:0]
	for i := range l.List {
		p := &l.List[i]
		if h.Self.Known && uint64(p.PID) == h.Self.N {
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

// before orders by descending score, then by PID.
func (s *processScore) before(other *processScore) bool {
	return s.score > other.score || s.score == other.score && s.pid < other.pid
}

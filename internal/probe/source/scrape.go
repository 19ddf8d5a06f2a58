// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Source reads one domain. It reports whether it has filled the domain, whatever faults it has reported to the scrape.
type Source interface{ Read(*Scrape) (filled bool) }

// History completes a domain by what the snapshots before tell: increases, and when counters began.
type History interface{ Complete(*Scrape) }

// Scrape is the reading of one snapshot, which its sources share.
type Scrape struct {
	Context  context.Context // Of the domain that is being read.
	Snapshot *snapshot.Snapshot
	Want     *snapshot.Want // What to fill of it.
	// Boot is when the host booted by the wall clock as it is set now, in nanoseconds since the Unix epoch; 0 is unknown. After
	// the clock was set it is another than Snapshot.BootTime.
	Boot   int64
	Began  time.Time       // With the monotonic clock.
	Tick   uint64          // Number of the snapshot: a file that several domains need is read once for each.
	Budget blocking.Budget // Of calls that are made one by one.
	// firstReads is the budget of those that were never made before.
	firstReads blocking.Budget

	domain snapshot.Domain
	Faults []Fault
}

// Begin starts the snapshot s of the time now, in nanoseconds since the Unix epoch, with what want selects.
func (sc *Scrape) Begin(s *snapshot.Snapshot, now int64, want *snapshot.Want) {
	s.Reset(now)
	sc.Tick++
	sc.Snapshot, sc.Want = s, want
	sc.Began, sc.Context = time.Now(), context.Background()
	sc.Budget, sc.firstReads = blocking.Budget{}, blocking.Budget{}
}

// Read fills one domain from a source, completes it by its history, if that is not nil, and returns what went wrong, once for
// each source. The returned slice and its errors are valid until the next Read. A panic costs this domain only.
func (sc *Scrape) Read(ctx context.Context, d snapshot.Domain, from Source, h History) []Fault {
	sc.Context, sc.domain, sc.Faults = ctx, d, sc.Faults[:0]
	if err := ctx.Err(); err != nil {
		sc.domainFault(err)
		return sc.Faults
	}
	if sc.guarded(from, h) {
		sc.Snapshot.Filled.Add(d)
	}
	return sc.Faults
}

func (sc *Scrape) guarded(from Source, h History) (filled bool) {
	defer func() {
		if v := recover(); v != nil {
			sc.domainFault(&blocking.PanicError{Value: v, Stack: debug.Stack()})
			filled = false
		}
	}()
	filled = from.Read(sc)
	if filled && h != nil {
		h.Complete(sc)
	}
	return filled
}

// Domain is the domain that is being read.
func (sc *Scrape) Domain() snapshot.Domain { return sc.domain }

// Fault reports what went wrong with a file, or a part of the host, and returns its class.
func (sc *Scrape) Fault(source string, err error) Reason { return sc.add(ScopeFile, source, err, "") }

// FaultWith is Fault for what does not cost all dependent metrics: effect says what follows. It reports a source once, whatever
// it is needed for.
func (sc *Scrape) FaultWith(source string, err error, effect string) {
	for i := range sc.Faults {
		if sc.Faults[i].Source == source {
			return
		}
	}
	sc.add(ScopeFile, source, err, effect)
}

// ProcessFault is Fault for a file that every process has, such as proc/[pid]/io, of which some could not be read.
func (sc *Scrape) ProcessFault(source string, err error) Reason {
	return sc.add(ScopeProcesses, source, err, "")
}

func (sc *Scrape) domainFault(err error) { sc.add(ScopeDomain, sc.domain.String(), err, "") }

func (sc *Scrape) add(scope Scope, source string, err error, effect string) Reason {
	reason := ReasonOf(err)
	sc.Faults = append(sc.Faults, Fault{Domain: sc.domain, Scope: scope, Source: source, Reason: reason, Err: err, Effect: effect})
	return reason
}

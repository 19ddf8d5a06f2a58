// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// source reads one domain. It reports whether it has filled the domain, whatever faults it has reported to the scrape.
type source interface{ read(*scrape) (filled bool) }

// history completes a domain by what the snapshots before tell: increases, and when counters began.
type history interface{ complete(*scrape) }

// scrape is the reading of one snapshot, which its sources share.
type scrape struct {
	ctx      context.Context // Of the domain that is being read.
	snapshot *snapshot.Snapshot
	want     *snapshot.Want  // What to fill of it.
	began    time.Time       // With the monotonic clock.
	tick     uint64          // Number of the snapshot: a file that several domains need is read once for each.
	budget   blocking.Budget // Of calls that are made one by one.
	// firstReads is the budget of those that were never made before.
	firstReads blocking.Budget

	domain snapshot.Domain
	faults []Fault
}

// begin starts the snapshot s of the time now, in nanoseconds since the Unix epoch, with what want selects.
func (sc *scrape) begin(s *snapshot.Snapshot, now int64, want *snapshot.Want) {
	s.Reset(now)
	sc.tick++
	sc.snapshot, sc.want = s, want
	sc.began, sc.ctx = time.Now(), context.Background()
	sc.budget, sc.firstReads = blocking.Budget{}, blocking.Budget{}
}

// read fills one domain from a source, completes it by its history, if that is not nil, and returns what went wrong, once for
// each source. The returned slice and its errors are valid until the next read. A panic costs this domain only.
func (sc *scrape) read(ctx context.Context, d snapshot.Domain, from source, h history) []Fault {
	sc.ctx, sc.domain, sc.faults = ctx, d, sc.faults[:0]
	if err := ctx.Err(); err != nil {
		sc.fault(d.String(), err)
		return sc.faults
	}
	if sc.guarded(from, h) {
		sc.snapshot.Filled.Add(d)
	}
	return sc.faults
}

func (sc *scrape) guarded(from source, h history) (filled bool) {
	defer func() {
		if v := recover(); v != nil {
			sc.fault(sc.domain.String(), &blocking.PanicError{Value: v, Stack: debug.Stack()})
			filled = false
		}
	}()
	filled = from.read(sc)
	if filled && h != nil {
		h.complete(sc)
	}
	return filled
}

// fault reports what went wrong and returns its class.
func (sc *scrape) fault(source string, err error) Reason {
	reason := reasonOf(err)
	sc.faults = append(sc.faults, Fault{Domain: sc.domain, Source: source, Reason: reason, Err: err})
	return reason
}

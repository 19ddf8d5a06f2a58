// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"sync"
	"time"

	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// call is a system call that may never return. It is in flight once at most: who has not come back is not asked again.
type call interface {
	// ask makes the call below the root, on a thread of the pool.
	ask(fs *pseudofs.FS)
	state() *callState
}

// callState is what the pool knows of a call. Its owner reads it between two rounds, and with the pool's lock: one that is
// stuck may return at any time.
type callState struct {
	// trusted says that the call returned in time when it was made last.
	trusted bool
	phase   callPhase
	panic   *PanicError // Of the last ask.
}

type callPhase uint8

const (
	callIdle     callPhase = iota // Not asked in the last round.
	callAsked                     // In flight.
	callAnswered                  // It returned in the last round.
	callStuck                     // It did not return before the deadline of its round, and is still in flight.
	callLate                      // It was stuck, and has returned since then.
)

// wasLate says that the call did not return before the deadline of its last round.
func (s *callState) wasLate() bool { return s.phase == callStuck || s.phase == callLate }

// The bounds on threads. A thread that is stuck costs the kernel's stack and little else, but it can only be ended by what
// it waits for. So calls that have not proved themselves may hold as many as newcomers are, and those that answered until
// now as many again: they are asked however many others hang.
const (
	newcomers  = 64
	maxThreads = 2 * newcomers
)

// patience is how long a round waits before more threads ask what is left. It is long for a call that is answered from
// memory, and short beside a deadline: n calls that hang cost log2(n) times as much.
const patience = 10 * time.Millisecond

// longestRound bounds the deadline: the Collector waits for a scrape that goes on when it shuts down.
const longestRound = 4 * time.Second

// callPool makes calls that may never return, on threads that it can afford to lose. Usually that is one thread, woken once
// for a whole round of calls; where one does not answer, others ask what is left, and twice as many each time.
type callPool struct {
	fs      *pseudofs.FS
	timeout time.Duration
	timer   *time.Timer
	over    chan struct{} // One element: all of the round have answered, or the rest is not asked.

	mu      sync.Mutex
	work    sync.Cond // There is something to ask, a thread has ended, or the pool is closed.
	round   []call
	next    int // Of the round, the first that was not asked.
	pending int // Of the round, those not answered.
	before  int // Of the round, those not answered when that was looked at last.
	asked   int // Of the round, those in flight.
	threads int
	idle    int
	stuck   int // Calls in flight whose rounds are over.
	closed  bool
}

func newCallPool(fs *pseudofs.FS, timeout time.Duration) *callPool {
	p := &callPool{fs: fs, timeout: min(timeout, longestRound), timer: time.NewTimer(0), over: make(chan struct{}, 1)}
	p.work.L = &p.mu
	p.timer.Stop()
	return p
}

// ask makes the calls of a round, those that are trusted first, and returns when all have answered but those that too many
// stuck ones keep from being asked, or when the deadline has passed or ctx is done. None of them may be stuck.
func (p *callPool) ask(ctx context.Context, round []call) { p.askWithin(ctx, p.timeout, round) }

// askWithin is ask with a deadline of its own. It reports whether it returned before that, and before ctx was done: what was
// not asked then had no thread.
func (p *callPool) askWithin(ctx context.Context, timeout time.Duration, round []call) (inTime bool) {
	if len(round) == 0 {
		return true
	}
	deadline := time.Now().Add(timeout)
	defer p.abandon()
	if !p.begin(round) {
		return true
	}
	p.timer.Reset(min(patience, timeout))
	defer p.timer.Stop()
	for {
		select {
		case <-p.over:
			return true
		case <-ctx.Done():
			return false
		case <-p.timer.C:
			left := time.Until(deadline)
			if left <= 0 {
				return false
			}
			p.hasten(left)
			p.timer.Reset(min(patience, left))
		}
	}
}

// begin reports whether there is a thread to begin with.
func (p *callPool) begin(round []call) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.over: // That of a round which was given up as it ended.
	default:
	}
	for _, c := range round {
		c.state().phase, c.state().panic = callIdle, nil
	}
	p.round, p.next, p.pending, p.before, p.asked = round, 0, len(round), len(round), 0
	return p.addThread()
}

// hasten sends as many threads more as there are calls in flight to those that were not asked yet, unless at the pace of
// the last moments all of them answer in the time that is left.
func (p *callPool) hasten(left time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answered := p.before - p.pending
	p.before = p.pending
	if time.Duration(p.pending)*patience <= time.Duration(answered)*left {
		return
	}
	for n := min(max(p.asked, 1), len(p.round)-p.next); n > 0 && p.addThread(); n-- {
	}
}

// addThread wakes a thread or starts one.
func (p *callPool) addThread() bool {
	if p.idle > 0 {
		p.work.Signal()
		return true
	}
	limit := newcomers
	if p.next < len(p.round) && p.round[p.next].state().trusted {
		limit = maxThreads
	}
	return p.threads < limit && p.startThread()
}

// take returns the call to ask next, nil if there is none.
func (p *callPool) take() call {
	if p.next == len(p.round) || p.closed {
		return nil
	}
	c := p.round[p.next]
	if !c.state().trusted && p.stuck >= newcomers {
		if p.asked == 0 {
			p.end() // Nobody asks what is left.
		}
		return nil // The thread is kept for those that answer.
	}
	p.next++
	p.asked++
	c.state().phase = callAsked
	return c
}

// finish takes a call back from its thread.
func (p *callPool) finish(c call, panicked *PanicError) {
	s := c.state()
	s.panic = panicked
	if s.phase == callStuck {
		s.phase = callLate // What it says now is too old.
		p.stuck--
		return
	}
	s.phase, s.trusted = callAnswered, true
	p.asked--
	if p.pending--; p.pending == 0 {
		p.end()
	}
}

// end tells who waits for the round that nothing comes any more.
func (p *callPool) end() {
	select {
	case p.over <- struct{}{}:
	default: // That was told.
	}
}

// abandon ends the round: what is in flight is stuck, and the rest is not asked any more.
func (p *callPool) abandon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.round[:p.next] {
		if s := c.state(); s.phase == callAsked {
			s.phase, s.trusted = callStuck, false
			p.stuck++
		}
	}
	p.round, p.next, p.pending, p.asked = nil, 0, 0, 0
}

// isStuck reports whether the call is still in flight since an earlier round.
func (p *callPool) isStuck(c call) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return c.state().phase == callStuck
}

// outcome is what the last round has made of the call. Unless it was late, what it has said belongs to its owner.
func (p *callPool) outcome(c call) (phase callPhase, late bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return c.state().phase, c.state().wasLate()
}

// close ends the threads that are not stuck, and waits for those only.
func (p *callPool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.work.Broadcast()
	for p.threads > p.stuck {
		p.work.Wait()
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package blocking

import (
	"context"
	"sync"
	"time"

	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// Call is a system call that may never return. At most one instance of it is in flight: while it is pending, Run leaves
// it alone. What Do writes belongs to its thread from the start of Run until Pool.Err says that it has returned.
type Call interface {
	// Do makes the call below the root, on a thread of the pool.
	Do(fs *pseudofs.FS)
	// State returns the pool's state of the call, which the call owns.
	State() *State
}

// State is what a Pool knows of a call. The zero State is that of a call that was never made.
type State struct {
	// provenFast says that the call returned in time when it was made last.
	provenFast bool
	phase      phase
	panicked   *PanicError // By the last Do.
}

type phase uint8

const (
	idle     phase = iota // Not made in the last round.
	running               // In flight.
	returned              // It returned in the last round.
	stuck                 // It did not return before the deadline of its round, and is still in flight.
	late                  // It was stuck, and has returned since.
)

// The bounds on threads. A blocked thread costs its kernel stack and little else. Calls that have never returned in time may
// block as many as MaxUnproven; those that did until now as many again, so that they are made however many others hang.
const (
	MaxUnproven = 64
	MaxThreads  = 2 * MaxUnproven
)

// stallInterval is how long a round waits before it adds threads. It is long for a call that is answered from memory, and
// short beside a deadline: n calls that hang cost log2(n) intervals.
const stallInterval = 10 * time.Millisecond

// MaxTimeout bounds the deadline of a round: at shutdown the Collector waits for the running scrape.
const MaxTimeout = 4 * time.Second

// Pool runs system calls that may block forever on expendable OS threads. One thread normally serves a whole round; when a
// call stalls, more threads take over the rest, doubling each stallInterval. Its methods are for one goroutine, the
// scraper's.
type Pool struct {
	fs      *pseudofs.FS
	timeout time.Duration
	timer   *time.Timer
	done    chan struct{} // One element: every call of the round has returned, or the rest will not be made.
	single  [1]Call       // The round of Await.

	mu          sync.Mutex
	wake        sync.Cond // There is a call to make, a thread has ended, or the pool is closed.
	round       []Call
	next        int // The first call of the round that was not made.
	pending     int // Calls of the round that have not returned.
	lastPending int // Its value at the last check for progress.
	running     int // Calls of the round in flight.
	threads     int
	idle        int
	stuck       int // Calls in flight whose rounds are over.
	closed      bool
}

// NewPool returns a pool for the root of fs. timeout is the deadline of one round, at most MaxTimeout. No thread is started
// before the first round.
func NewPool(fs *pseudofs.FS, timeout time.Duration) *Pool {
	p := &Pool{fs: fs, timeout: min(timeout, MaxTimeout), timer: time.NewTimer(0), done: make(chan struct{}, 1)}
	p.wake.L = &p.mu
	p.timer.Stop()
	return p
}

// Run makes the calls of a round, in their order, and returns when all have returned but those that too many stuck ones
// keep from being made, or when the deadline has passed or ctx is done. None of them may be pending; Err has their results.
func (p *Pool) Run(ctx context.Context, round []Call) { p.run(ctx, p.timeout, round) }

func (p *Pool) run(ctx context.Context, timeout time.Duration, round []Call) {
	if len(round) == 0 {
		return
	}
	deadline := time.Now().Add(timeout)
	defer p.endRound()
	if !p.begin(round) {
		return
	}
	p.timer.Reset(min(stallInterval, timeout))
	defer p.timer.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-ctx.Done():
			return
		case <-p.timer.C:
			left := time.Until(deadline)
			if left <= 0 {
				return
			}
			p.addThreads(left)
			p.timer.Reset(min(stallInterval, left))
		}
	}
}

// begin reports whether there is a thread to begin with.
func (p *Pool) begin(round []Call) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.done: // That of a round which was given up as it ended.
	default:
	}
	for _, c := range round {
		c.State().phase, c.State().panicked = idle, nil
	}
	p.round, p.next, p.pending, p.lastPending, p.running = round, 0, len(round), len(round), 0
	return p.addThread()
}

// addThreads doubles the threads at work on the calls that were not made yet, unless at the pace of the last interval all of
// them return in the time that is left.
func (p *Pool) addThreads(left time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	progress := p.lastPending - p.pending
	p.lastPending = p.pending
	if time.Duration(p.pending)*stallInterval <= time.Duration(progress)*left {
		return
	}
	for n := min(max(p.running, 1), len(p.round)-p.next); n > 0 && p.addThread(); n-- {
	}
}

// addThread wakes a thread or starts one.
func (p *Pool) addThread() bool {
	if p.idle > 0 {
		p.wake.Signal()
		return true
	}
	limit := MaxUnproven
	if p.next < len(p.round) && p.round[p.next].State().provenFast {
		limit = MaxThreads
	}
	return p.threads < limit && p.startThread()
}

// take returns the call to make next, nil if there is none.
func (p *Pool) take() Call {
	if p.next == len(p.round) || p.closed {
		return nil
	}
	c := p.round[p.next]
	if !c.State().provenFast && p.stuck >= MaxUnproven {
		if p.running == 0 {
			p.finishRound() // No thread makes the rest.
		}
		return nil // The thread is kept for calls that are proven fast.
	}
	p.next++
	p.running++
	c.State().phase = running
	return c
}

// finish takes a call back from its thread.
func (p *Pool) finish(c Call, panicked *PanicError) {
	s := c.State()
	s.panicked = panicked
	if s.phase == stuck {
		s.phase = late // Its result is too old.
		p.stuck--
		return
	}
	s.phase, s.provenFast = returned, true
	p.running--
	if p.pending--; p.pending == 0 {
		p.finishRound()
	}
}

// finishRound wakes the goroutine that waits for the round.
func (p *Pool) finishRound() {
	select {
	case p.done <- struct{}{}:
	default: // It was woken already.
	}
}

// endRound abandons what is in flight, which is stuck from now on; the rest is not made.
func (p *Pool) endRound() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.round[:p.next] {
		if s := c.State(); s.phase == running {
			s.phase, s.provenFast = stuck, false
			p.stuck++
		}
	}
	p.round, p.next, p.pending, p.running = nil, 0, 0, 0
}

// Pending reports whether the call is still in flight since an earlier round.
func (p *Pool) Pending(c Call) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return c.State().phase == stuck
}

// ProvenFast reports whether the call returned in time when it was made last.
func (p *Pool) ProvenFast(c Call) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return c.State().provenFast
}

// Err is the result of a call of the last round: nil if it returned in time, ErrStuck if it did not, ErrNotRun if it was not
// made, or a *PanicError. With nil or a *PanicError, what Do has written is the caller's again.
func (p *Pool) Err(c Call) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch s := c.State(); s.phase {
	case stuck, late:
		return ErrStuck
	case returned:
		if s.panicked != nil {
			return s.panicked
		}
		return nil
	default:
		return ErrNotRun
	}
}

// Counts returns the number of threads, and how many of them are stuck in a call.
func (p *Pool) Counts() (threads, stuck int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.threads, p.stuck
}

// Close ends the threads that are not stuck, and waits for those only.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.wake.Broadcast()
	for p.threads > p.stuck {
		p.wake.Wait()
	}
}

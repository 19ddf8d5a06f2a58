// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package blocking

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// fakeCall returns when answer is closed; at once without it.
type fakeCall struct {
	call   State
	answer chan struct{}
	asked  atomic.Int32
	fail   bool
}

func (c *fakeCall) State() *State { return &c.call }

func (c *fakeCall) Do(*pseudofs.FS) {
	c.asked.Add(1)
	if c.fail {
		panic("forced")
	}
	if c.answer != nil {
		<-c.answer
	}
}

func openPool(t *testing.T, timeout time.Duration) *Pool {
	t.Helper()
	fs, err := pseudofs.OpenFS("")
	require.NoError(t, err)
	p := NewPool(fs, timeout)
	t.Cleanup(func() { p.Close(); fs.Close() })
	return p
}

func healthy(n int) (calls []Call) {
	for range n {
		calls = append(calls, &fakeCall{})
	}
	return calls
}

func hanging(n int) (calls []Call, answer chan struct{}) {
	answer = make(chan struct{})
	for range n {
		calls = append(calls, &fakeCall{answer: answer})
	}
	return calls, answer
}

func phases(calls []Call) map[phase]int {
	count := map[phase]int{}
	for _, c := range calls {
		count[c.State().phase]++
	}
	return count
}

// TestRound asks many calls that answer: one thread does it, and nothing is allocated.
func TestRound(t *testing.T) {
	p := openPool(t, time.Minute)
	calls := healthy(5000)
	hosttest.NoAllocs(t, func() { p.Run(context.Background(), calls) })
	assert.Equal(t, map[phase]int{returned: len(calls)}, phases(calls))
	for _, c := range calls {
		assert.True(t, c.State().provenFast)
	}
	require.Eventually(t, func() bool { threads, _ := p.Counts(); return threads == 1 }, time.Second, time.Millisecond)
	p.Run(context.Background(), nil)
}

// TestHung queues calls that hang before others that return: those return in every round, also the first, and a hung call
// is made again as soon as it has returned, and not before.
func TestHung(t *testing.T) {
	const hung = 50
	p := openPool(t, time.Second)
	bad, answer := hanging(hung)
	good := healthy(20)
	p.Run(context.Background(), append(append([]Call{}, bad...), good...))
	assert.Equal(t, map[phase]int{stuck: hung}, phases(bad))
	assert.Equal(t, map[phase]int{returned: len(good)}, phases(good))
	_, stuck := p.Counts()
	assert.Equal(t, hung, stuck)
	for range 3 {
		began := time.Now()
		p.Run(context.Background(), good)
		assert.Equal(t, map[phase]int{returned: len(good)}, phases(good))
		assert.Less(t, time.Since(began), time.Second, "no round waits for a call that is known to hang")
	}
	assert.True(t, p.Pending(bad[0]))

	close(answer)
	require.Eventually(t, func() bool { _, stuck := p.Counts(); return stuck == 0 }, 5*time.Second, time.Millisecond)
	p.Run(context.Background(), append(append([]Call{}, good...), bad...))
	assert.Equal(t, map[phase]int{returned: hung}, phases(bad))
	for _, c := range bad {
		assert.EqualValues(t, 2, c.(*fakeCall).asked.Load())
	}
	require.Eventually(t, func() bool { threads, _ := p.Counts(); return threads == 1 }, 5*time.Second, time.Millisecond)
}

// TestMoreThanThreads has more calls that hang than there are threads for: the rest is not made, and those that
// returned before are, in every round. Then those hang too.
func TestMoreThanThreads(t *testing.T) {
	p := openPool(t, time.Second)
	good := healthy(10)
	p.Run(context.Background(), good)
	bad, answer := hanging(MaxUnproven + 30)
	defer close(answer)
	p.Run(context.Background(), append(append([]Call{}, good...), bad...))
	assert.Equal(t, map[phase]int{stuck: MaxUnproven, idle: 30}, phases(bad))
	assert.Equal(t, map[phase]int{returned: len(good)}, phases(good))
	for range 3 {
		began := time.Now()
		p.Run(context.Background(), append(append([]Call{}, good...), bad[MaxUnproven:]...))
		assert.Less(t, time.Since(began), time.Second/2, "no round waits for a call that is not made")
		assert.Equal(t, map[phase]int{returned: len(good)}, phases(good))
		assert.Equal(t, map[phase]int{stuck: MaxUnproven, idle: 30}, phases(bad))
	}
	trusted, answerThem := hanging(MaxThreads)
	defer close(answerThem)
	for _, c := range trusted {
		c.State().provenFast = true
	}
	p.Run(context.Background(), trusted)
	threads, stuck := p.Counts()
	assert.Equal(t, MaxThreads, stuck)
	assert.Equal(t, MaxThreads, threads, "that is the bound")
	began := time.Now()
	p.Run(context.Background(), good)
	assert.Less(t, time.Since(began), time.Second, "without a thread there is nothing to wait for")
	assert.Equal(t, map[phase]int{idle: len(good)}, phases(good))
}

// TestLateIsNotUnasked: a call that returns just after its round is reported as late, and never as not made, even to a caller
// that queries it at that moment.
func TestLateIsNotUnasked(t *testing.T) {
	p := openPool(t, time.Millisecond)
	for range 100 {
		calls, answer := hanging(1)
		p.Run(context.Background(), calls)
		if errors.Is(p.Err(calls[0]), ErrNotRun) {
			close(answer)
			continue // No thread has reached it.
		}
		close(answer)
		for pending := true; pending; {
			require.Equal(t, ErrStuck, p.Err(calls[0]))
			pending = p.Pending(calls[0])
		}
		require.Equal(t, ErrStuck, p.Err(calls[0]))
	}
}

func TestRoundIsGivenUpWithItsContext(t *testing.T) {
	p := openPool(t, time.Hour)
	bad, answer := hanging(3)
	defer close(answer)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	p.Run(ctx, bad)
	assert.Equal(t, stuck, bad[0].State().phase)
}

func TestPanicOnAThread(t *testing.T) {
	p := openPool(t, time.Minute)
	calls := append([]Call{&fakeCall{fail: true}}, healthy(1)...)
	p.Run(context.Background(), calls)
	assert.Equal(t, map[phase]int{returned: 2}, phases(calls))
	assert.Equal(t, "forced", calls[0].State().panicked.Value)
	assert.Nil(t, calls[1].State().panicked)
}

// TestCloseWhileStuck: Close does not wait for a call that hangs, and when the call returns at last, its thread ends.
func TestCloseWhileStuck(t *testing.T) {
	p := openPool(t, 500*time.Millisecond)
	bad, answer := hanging(2)
	p.Run(context.Background(), append(bad, healthy(3)...))
	p.Close()
	threads, stuck := p.Counts()
	assert.Equal(t, stuck, threads)
	assert.Equal(t, 2, stuck)
	close(answer)
	require.Eventually(t, func() bool { threads, _ := p.Counts(); return threads == 0 }, 5*time.Second, time.Millisecond)
}

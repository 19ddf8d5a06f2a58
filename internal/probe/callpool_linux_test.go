// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
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
	callState
	answer chan struct{}
	asked  atomic.Int32
	fail   bool
}

func (c *fakeCall) state() *callState { return &c.callState }

func (c *fakeCall) ask(*pseudofs.FS) {
	c.asked.Add(1)
	if c.fail {
		panic("forced")
	}
	if c.answer != nil {
		<-c.answer
	}
}

func openCallPool(t *testing.T, timeout time.Duration) *callPool {
	t.Helper()
	fs, err := pseudofs.OpenFS("")
	require.NoError(t, err)
	p := newCallPool(fs, timeout)
	t.Cleanup(func() { p.close(); fs.Close() })
	return p
}

func healthy(n int) (calls []call) {
	for range n {
		calls = append(calls, &fakeCall{})
	}
	return calls
}

func hanging(n int) (calls []call, answer chan struct{}) {
	answer = make(chan struct{})
	for range n {
		calls = append(calls, &fakeCall{answer: answer})
	}
	return calls, answer
}

func phases(calls []call) map[callPhase]int {
	count := map[callPhase]int{}
	for _, c := range calls {
		count[c.state().phase]++
	}
	return count
}

func (p *callPool) counts() (threads, stuck int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.threads, p.stuck
}

// TestRound asks many calls that answer: one thread does it, and nothing is allocated.
func TestRound(t *testing.T) {
	p := openCallPool(t, time.Minute)
	calls := healthy(5000)
	hosttest.NoAllocs(t, func() { p.ask(context.Background(), calls) })
	assert.Equal(t, map[callPhase]int{callAnswered: len(calls)}, phases(calls))
	for _, c := range calls {
		assert.True(t, c.state().trusted)
	}
	require.Eventually(t, func() bool { threads, _ := p.counts(); return threads == 1 }, time.Second, time.Millisecond)
	p.ask(context.Background(), nil)
}

// TestHung has calls that never answer before others that do: those are answered, also in the first round, and the calls
// that hang are asked again when, and only when, they have come back.
func TestHung(t *testing.T) {
	const hung = 50
	p := openCallPool(t, time.Second)
	bad, answer := hanging(hung)
	good := healthy(20)
	p.ask(context.Background(), append(append([]call{}, bad...), good...))
	assert.Equal(t, map[callPhase]int{callStuck: hung}, phases(bad))
	assert.Equal(t, map[callPhase]int{callAnswered: len(good)}, phases(good))
	_, stuck := p.counts()
	assert.Equal(t, hung, stuck)
	for range 3 {
		began := time.Now()
		p.ask(context.Background(), good)
		assert.Equal(t, map[callPhase]int{callAnswered: len(good)}, phases(good))
		assert.Less(t, time.Since(began), time.Second, "nobody waits for what is known to hang")
	}
	assert.True(t, p.isStuck(bad[0]))

	close(answer)
	require.Eventually(t, func() bool { _, stuck := p.counts(); return stuck == 0 }, 5*time.Second, time.Millisecond)
	p.ask(context.Background(), append(append([]call{}, good...), bad...))
	assert.Equal(t, map[callPhase]int{callAnswered: hung}, phases(bad))
	for _, c := range bad {
		assert.EqualValues(t, 2, c.(*fakeCall).asked.Load())
	}
	require.Eventually(t, func() bool { threads, _ := p.counts(); return threads == 1 }, 5*time.Second, time.Millisecond)
}

// TestMoreThanThreads has more calls that hang than there are threads for: the rest is not asked, and what answered
// before is, in every round. Then that hangs too.
func TestMoreThanThreads(t *testing.T) {
	p := openCallPool(t, time.Second)
	good := healthy(10)
	p.ask(context.Background(), good)
	bad, answer := hanging(newcomers + 30)
	defer close(answer)
	p.ask(context.Background(), append(append([]call{}, good...), bad...))
	assert.Equal(t, map[callPhase]int{callStuck: newcomers, callIdle: 30}, phases(bad))
	assert.Equal(t, map[callPhase]int{callAnswered: len(good)}, phases(good))
	for range 3 {
		began := time.Now()
		p.ask(context.Background(), append(append([]call{}, good...), bad[newcomers:]...))
		assert.Less(t, time.Since(began), time.Second/2, "nobody waits for what is not asked")
		assert.Equal(t, map[callPhase]int{callAnswered: len(good)}, phases(good))
		assert.Equal(t, map[callPhase]int{callStuck: newcomers, callIdle: 30}, phases(bad))
	}
	trusted, answerThem := hanging(maxThreads)
	defer close(answerThem)
	for _, c := range trusted {
		c.state().trusted = true
	}
	p.ask(context.Background(), trusted)
	threads, stuck := p.counts()
	assert.Equal(t, maxThreads, stuck)
	assert.Equal(t, maxThreads, threads, "that is the bound")
	began := time.Now()
	p.ask(context.Background(), good)
	assert.Less(t, time.Since(began), time.Second, "without a thread there is nothing to wait for")
	assert.Equal(t, map[callPhase]int{callIdle: len(good)}, phases(good))
}

// TestLateIsNotUnasked: who asks what has come of a call that returns at that moment, just after its round, is told that it was
// late, and not that nobody has asked it.
func TestLateIsNotUnasked(t *testing.T) {
	p := openCallPool(t, time.Millisecond)
	for range 100 {
		calls, answer := hanging(1)
		p.ask(context.Background(), calls)
		if phase, _ := p.outcome(calls[0]); phase == callIdle {
			close(answer)
			continue // No thread has come to it.
		}
		close(answer)
		for was := callStuck; was == callStuck; {
			phase, late := p.outcome(calls[0])
			require.True(t, late)
			was = phase
		}
		assert.False(t, p.isStuck(calls[0]))
		assert.NotEqual(t, errTooManyStuck, (&mount{callState: *calls[0].state()}).outcome(true))
	}
}

func TestRoundIsGivenUpWithItsContext(t *testing.T) {
	p := openCallPool(t, time.Hour)
	bad, answer := hanging(3)
	defer close(answer)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	p.ask(ctx, bad)
	assert.Equal(t, callStuck, bad[0].state().phase)
}

func TestPanicOnAThread(t *testing.T) {
	p := openCallPool(t, time.Minute)
	calls := append([]call{&fakeCall{fail: true}}, healthy(1)...)
	p.ask(context.Background(), calls)
	assert.Equal(t, map[callPhase]int{callAnswered: 2}, phases(calls))
	assert.Equal(t, "forced", calls[0].state().panic.Value)
	assert.Nil(t, calls[1].state().panic)
}

// TestCloseWhileStuck: nobody waits for a call that hangs, and when it comes back at last, its thread ends.
func TestCloseWhileStuck(t *testing.T) {
	p := openCallPool(t, 500*time.Millisecond)
	bad, answer := hanging(2)
	p.ask(context.Background(), append(bad, healthy(3)...))
	p.close()
	threads, stuck := p.counts()
	assert.Equal(t, stuck, threads)
	assert.Equal(t, 2, stuck)
	close(answer)
	require.Eventually(t, func() bool { threads, _ := p.counts(); return threads == 0 }, 5*time.Second, time.Millisecond)
}

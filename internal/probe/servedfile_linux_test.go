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

	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

const late = 20 * time.Millisecond

// lateFile is a servedFile that is read late the first time.
type lateFile struct {
	*servedFile
	asked int
}

func (l *lateFile) ask(fs *pseudofs.FS) {
	if l.asked++; l.asked == 1 {
		time.Sleep(late)
	}
	l.servedFile.ask(fs)
}

// TestLateAnswer: a file that is read when nobody waits any more is told as one that was not, whenever that happens, and is
// read again. What is done on the thread then is not in the way of the scrape, which the race detector would tell.
func TestLateAnswer(t *testing.T) {
	p := openCallPool(t, late/4)
	file := newServedFile(p.fs.File("proc/uptime", pseudofs.Single), p)
	file.round[0] = &lateFile{servedFile: file}
	sc := scrape{ctx: context.Background()}
	_, err := file.read(&sc)
	assert.Equal(t, errNoAnswer, err)
	time.Sleep(2 * late) // Without a lock that both take: it would put them in order.
	require.Eventually(t, func() bool {
		sc = scrape{ctx: context.Background()}
		text, err := file.read(&sc)
		return err == nil && len(text) > 0
	}, 5*time.Second, time.Millisecond)
}

// gatedFile is a servedFile that is read when the gate is open. It gives up the scrape that asks.
type gatedFile struct {
	*servedFile
	giveUp context.CancelFunc
	gate   chan struct{}
	asked  atomic.Int32
}

func (g *gatedFile) ask(fs *pseudofs.FS) {
	g.asked.Add(1)
	g.giveUp()
	<-g.gate
	g.servedFile.ask(fs)
}

// TestStuckFileIsLeftAlone: while a file is being read, nobody else begins to, nor waits for it.
func TestStuckFileIsLeftAlone(t *testing.T) {
	p := openCallPool(t, time.Minute)
	file := newServedFile(p.fs.File("proc/uptime", pseudofs.Single), p)
	ctx, cancel := context.WithCancel(context.Background())
	gated := &gatedFile{servedFile: file, giveUp: cancel, gate: make(chan struct{})}
	file.round[0] = gated
	for range 3 {
		_, err := file.read(&scrape{ctx: ctx})
		assert.Equal(t, errNoAnswer, err)
		ctx = context.Background()
	}
	assert.EqualValues(t, 1, gated.asked.Load())
	close(gated.gate)
	require.Eventually(t, func() bool { return !p.isStuck(file) }, 5*time.Second, time.Millisecond)
	_, err := file.read(&scrape{ctx: ctx})
	assert.NoError(t, err)
}

// TestNoTimeLeft: a file that nobody has looked at yet is not read by the scrape itself because its time was over before a
// thread came to it. Whoever serves it may hang.
func TestNoTimeLeft(t *testing.T) {
	p := openCallPool(t, time.Minute)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for range 100 {
		file := newServedFile(p.fs.File("proc/uptime", pseudofs.Single), p)
		_, err := file.read(&scrape{ctx: over})
		if phase, late := p.outcome(file); late {
			assert.Equal(t, errNoAnswer, err)
		} else if phase != callAnswered {
			assert.Equal(t, errNotAsked, err)
		}
		file.file.Close()
	}
}

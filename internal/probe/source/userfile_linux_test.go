// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// gatedFile is a userFile whose read on a thread returns when the gate is open.
type gatedFile struct {
	*UserFile
	gate  chan struct{}
	reads atomic.Int32
}

func (g *gatedFile) Do(fs *pseudofs.FS) {
	g.reads.Add(1)
	<-g.gate
	g.UserFile.Do(fs)
}

// openServed returns a file that is read on a thread of a pool of its own.
func openServed(t *testing.T, timeout time.Duration) *UserFile {
	t.Helper()
	fs, err := pseudofs.OpenFS("")
	require.NoError(t, err)
	calls := blocking.NewPool(fs, timeout)
	t.Cleanup(func() { calls.Close(); fs.Close() })
	served := &mountLookup{done: true}
	return &UserFile{
		file: fs.File("proc/uptime", pseudofs.Single), mounts: &mounts{fs: fs, calls: calls, known: map[string]*mountLookup{"proc": served}},
	}
}

// TestLateAnswer: a file that is read after its deadline counts as not read, whenever that happens, and is read again. What its
// thread does meanwhile does not race with the scrape, which the race detector would report.
func TestLateAnswer(t *testing.T) {
	const late = 20 * time.Millisecond
	file := openServed(t, late/4)
	gated := &gatedFile{UserFile: file, gate: make(chan struct{})}
	file.mounts.calls.Run(t.Context(), []blocking.Call{gated})
	assert.Equal(t, blocking.ErrStuck, file.mounts.calls.Err(file))
	time.AfterFunc(late, func() { close(gated.gate) })
	time.Sleep(2 * late) // Without a lock that both take: it would order them.
	require.Eventually(t, func() bool {
		text, err := file.Read(&Scrape{Context: context.Background()})
		return err == nil && len(text) > 0
	}, 5*time.Second, time.Millisecond)
}

// TestPendingFileIsLeftAlone: while a read is pending, no other one begins, nor does a scrape wait for it.
func TestPendingFileIsLeftAlone(t *testing.T) {
	file := openServed(t, time.Minute)
	gated := &gatedFile{UserFile: file, gate: make(chan struct{})}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	file.mounts.calls.Run(ctx, []blocking.Call{gated})
	for range 3 {
		_, err := file.Read(&Scrape{Context: context.Background()})
		assert.Equal(t, blocking.ErrStuck, err)
	}
	assert.EqualValues(t, 1, gated.reads.Load())
	close(gated.gate)
	require.Eventually(t, func() bool { return !file.mounts.calls.Pending(file) }, 5*time.Second, time.Millisecond)
	_, err := file.Read(&Scrape{Context: context.Background()})
	assert.NoError(t, err)
}

// TestNoTimeLeft: a file that a server may be behind is not read by the scrape itself because its time is over.
func TestNoTimeLeft(t *testing.T) {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for range 100 {
		file := openServed(t, time.Minute)
		_, err := file.Read(&Scrape{Context: over})
		assert.Equal(t, file.mounts.calls.Err(file), err)
		assert.False(t, file.direct && err != nil)
		file.file.Close()
	}
}

// TestKernelFilesHaveNoDeadline: what lies on procfs itself is read however late it is, and without a thread.
func TestKernelFilesHaveNoDeadline(t *testing.T) {
	file := openServed(t, time.Minute)
	clear(file.mounts.known)
	over, cancel := context.WithCancel(context.Background())
	text, err := file.Read(&Scrape{Context: over})
	require.NoError(t, err)
	assert.NotEmpty(t, text)
	assert.True(t, file.direct)
	cancel()
	file.mounts.calls.Close()
	text, err = file.Read(&Scrape{Context: over})
	require.NoError(t, err)
	assert.NotEmpty(t, text)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
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

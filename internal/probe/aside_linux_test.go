// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestAsideThatDoesNotCome: a file whose reader is stuck costs a deadline, once; others go on until too many are, and a reader
// that comes back is used again.
func TestAsideThatDoesNotCome(t *testing.T) {
	r := newAsideReader("", "/cmdline", 20*time.Millisecond, 64)
	defer r.close()
	release, closed := make(chan struct{}), make(chan struct{}, 2*maxStuck)
	r.open = func(string) (readHead, func(), error) {
		return func(name, buf []byte) ([]byte, error) {
			if strings.HasPrefix(string(name), "proc/7") {
				<-release
			}
			return append(buf[:0], name...), nil
		}, func() { closed <- struct{}{} }, nil
	}
	began := time.Now()
	for i := range uint32(maxStuck + 3) {
		for range 1000 {
			_, err := r.read(700 + i)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		}
		if len(r.stuck) < maxStuck {
			text, err := r.read(8)
			require.NoError(t, err)
			assert.Equal(t, "proc/8/cmdline", string(text))
		}
	}
	assert.Len(t, r.stuck, maxStuck)
	assert.Less(t, time.Since(began), (maxStuck+3)*20*time.Millisecond+time.Second, "one deadline for each that is stuck, and none after that")
	_, err := r.read(8)
	assert.ErrorIs(t, err, context.DeadlineExceeded, "nobody is left to read it")

	close(release)
	require.Eventually(t, func() bool {
		text, err := r.read(9)
		return err == nil && string(text) == "proc/9/cmdline" && len(r.stuck) == 0
	}, 5*time.Second, time.Millisecond)
	r.close()
	for range maxStuck {
		select {
		case <-closed:
		case <-time.After(5 * time.Second):
			require.Fail(t, "a goroutine has not ended")
		}
	}
}

func TestAside(t *testing.T) {
	r := newAsideReader("", "/cmdline", 5*time.Second, 4096)
	defer r.close()
	text, err := r.read(uint32(os.Getpid()))
	require.NoError(t, err)
	assert.Contains(t, string(text), os.Args[0]+"\x00")
	_, err = r.read(1 << 30)
	assert.Equal(t, unix.ENOENT, err)
	_, err = newAsideReader("/nowhere", "/cmdline", time.Second, 1).read(1)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

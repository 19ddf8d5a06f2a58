// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestForThread looks at the table of a thread that has one of its own: the root and what the runtime needs are all that is
// in it, and the process keeps everything.
func TestForThread(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	fs := openFS(t, t.TempDir())
	before := descriptors(t)
	left := make(chan []string)
	go func() {
		runtime.LockOSThread() // And never unlocked: the thread ends with the goroutine.
		if unix.Gettid() == unix.Getpid() {
			other := make(chan struct{})
			go func() { runtime.LockOSThread(); left <- onThread(t, fs); close(other) }()
			<-other
			runtime.UnlockOSThread()
			return
		}
		left <- onThread(t, fs)
	}()
	roots := 0
	for _, target := range <-left {
		switch {
		case strings.HasPrefix(target, "anon_inode:"):
		case strings.HasSuffix(target, "/001"):
			roots++
		case strings.HasPrefix(target, "/proc/"): // The directory being read.
		default:
			t.Errorf("%s is still open", target)
		}
	}
	assert.Equal(t, 1, roots)
	assert.Equal(t, before, descriptors(t), "the process has lost nothing")
}

func onThread(t *testing.T, fs *FS) (open []string) {
	thread, own, err := fs.ForThread()
	assert.NoError(t, err)
	assert.True(t, own)
	var s Statfs
	assert.NoError(t, thread.Statfs(NewMountPoint([]byte("/")), &s))
	time.Sleep(time.Millisecond) // The runtime's poller is still there.
	runtime.GC()
	var dir [4096]byte
	fd, err := unix.Open("/proc/thread-self/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	assert.NoError(t, err)
	n, err := unix.Getdents(fd, dir[:])
	assert.NoError(t, err)
	_, _, names := unix.ParseDirent(dir[:n], -1, nil)
	for _, name := range names {
		target, err := os.Readlink("/proc/thread-self/fd/" + name)
		assert.NoError(t, err)
		open = append(open, target)
	}
	return open
}

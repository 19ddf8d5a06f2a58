// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// It takes go-fuse, which does not compile for 32 bits.
//go:build !386 && !arm && !mips && !mipsle

package mutefs

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const (
	askedFiles = "HOSTPROBE_SERVE_FILES_OF"
	askedBare  = "HOSTPROBE_SERVE_NO_STATFS"
)

// Files mounts a file system that has the files of a directory, which is what lxcfs is to /proc. They answer until Hang.
func Files(t *testing.T, of string) *Server { return files(t, of) }

// BareFiles is Files of a server that answers no statfs but with an error.
func BareFiles(t *testing.T, of string) *Server { return files(t, of, askedBare+"=1") }

func files(t *testing.T, of string, env ...string) *Server {
	t.Helper()
	s := &Server{Mounts: []string{t.TempDir()}}
	s.start(t, append(env, asked+"="+s.Mounts[0], askedFiles+"="+of)...)
	return s
}

// Hang stops the server: from now on, calls on its files block until Resume.
func (s *Server) Hang(t *testing.T) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(unix.SIGSTOP))
	require.Eventually(t, func() bool { return areStopped(s.cmd.Process.Pid) }, 10*time.Second, time.Millisecond)
}

// areStopped reports whether all threads of a process are: one that is not may still answer.
func areStopped(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, thread := range threads {
		text, readErr := os.ReadFile(thread)
		stopped := readErr == nil && bytes.Contains(text, []byte(") T "))
		if !stopped {
			return false
		}
	}
	return err == nil && len(threads) > 0
}

// Resume lets the server go on.
func (s *Server) Resume(t *testing.T) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(unix.SIGCONT))
}

// bare is a file of a server that does not know what file system it is, as one without statfs does not.
type bare struct{ *fs.LoopbackNode }

// WrapChild implements fs.NodeWrapChilder.
func (*bare) WrapChild(_ context.Context, child fs.InodeEmbedder) fs.InodeEmbedder {
	return &bare{child.(*fs.LoopbackNode)}
}

// Statfs implements fs.NodeStatfser.
func (*bare) Statfs(context.Context, *fuse.StatfsOut) syscall.Errno { return syscall.ENOSYS }

// serveFiles serves the files of a directory at dir until it is killed. The kernel remembers nothing of them.
func serveFiles(dir, of string) {
	root, err := fs.NewLoopbackRoot(of)
	if err != nil {
		panic(err)
	}
	if os.Getenv(askedBare) != "" {
		root = &bare{root.(*fs.LoopbackNode)}
	}
	never := time.Duration(0)
	server, err := fs.Mount(dir, root, &fs.Options{
		EntryTimeout: &never, AttrTimeout: &never,
		MountOptions: fuse.MountOptions{DirectMount: true, FsName: "files", Name: "files"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println("mounted")
	server.Wait()
}

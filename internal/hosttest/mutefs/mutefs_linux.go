// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// It takes go-fuse, which does not compile for 32 bits.
//go:build !386 && !arm && !mips && !mipsle

// Package mutefs mounts filesystems that hang: statfs blocks until the test lets the server answer, or every call on their files
// while the server is stopped. Killing the server ends either. It takes root.
package mutefs

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const asked = "HOSTPROBE_SERVE_MUTEFS"

// ServeIfAsked makes this process a server, if Mount started it, and does not return then: a server must live while threads
// of the test hang. A test that mounts calls it from init.
func ServeIfAsked() {
	dir := os.Getenv(asked)
	if dir == "" {
		return
	}
	if of := os.Getenv(askedFiles); of != "" {
		serveFiles(dir, of)
	} else {
		serve(dir)
	}
	os.Exit(0)
}

// mute is a file system whose statfs is not answered before the gate is open.
type mute struct {
	fuse.RawFileSystem
	gate chan struct{}
}

func (m mute) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	<-m.gate
	out.Blocks, out.Bsize, out.Frsize = Size/fragment, 256*fragment, fragment
	return fuse.OK
}

// Size is that of a file system that answers, in bytes. It counts in blocks that are smaller than those it is best read in.
const Size = 1000 * fragment

const fragment = 4096

// serve serves every directory in dir until it is killed. A line on its standard input opens the gate.
func serve(dir string) {
	gate := make(chan struct{})
	entries, err := os.ReadDir(dir)
	if err != nil {
		panic(err)
	}
	for _, entry := range entries {
		server, err := fuse.NewServer(fileSystem(gate), filepath.Join(dir, entry.Name()),
			&fuse.MountOptions{DirectMount: true, FsName: "mute", Name: "mute"})
		if err != nil {
			panic(err)
		}
		go server.Serve()
		if err = server.WaitMount(); err != nil {
			panic(err)
		}
	}
	fmt.Println("mounted")
	in := bufio.NewReader(os.Stdin)
	if _, err = in.ReadString('\n'); err == nil {
		close(gate)
		_, _ = in.ReadString('\n')
	}
}

// Server is a server whose mounts hang. What hangs on it is free when it is killed, at the latest at the test's end.
type Server struct {
	Mounts []string // Where they are mounted.

	cmd   *exec.Cmd
	stdin io.WriteCloser
}

// Mount mounts n file systems that hang. The test should have mounts of its own, see hosttest.OwnMounts.
func Mount(t *testing.T, n int) *Server { return mount(t, n) }

func mount(t *testing.T, n int, env ...string) *Server {
	t.Helper()
	dir := t.TempDir()
	s := &Server{}
	for i := range n {
		s.Mounts = append(s.Mounts, fmt.Sprintf("%s/%02d", dir, i))
		require.NoError(t, os.Mkdir(s.Mounts[i], 0o755))
	}
	s.start(t, append(env, asked+"="+dir)...)
	return s
}

// start starts the server and waits until all is mounted.
func (s *Server) start(t *testing.T, env ...string) {
	t.Helper()
	s.cmd = exec.Command(os.Args[0])
	s.cmd.Env = append(os.Environ(), env...)
	s.cmd.Stderr = os.Stderr
	var err error
	s.stdin, err = s.cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := s.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.cmd.Start())
	t.Cleanup(func() {
		s.Kill()
		for _, mount := range s.Mounts {
			assert.NoError(t, unix.Unmount(mount, unix.MNT_DETACH), "%q", mount)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "mounted\n", line)
}

// Kill ends the server: the kernel answers what hangs on it with ECONNABORTED, and what comes then with ENOTCONN.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// Answer lets the server answer what hangs on it, and everything after that.
func (s *Server) Answer(t *testing.T) {
	t.Helper()
	_, err := io.WriteString(s.stdin, "answer\n")
	assert.NoError(t, err)
}

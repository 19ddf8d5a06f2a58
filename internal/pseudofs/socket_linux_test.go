// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// bind makes a socket at path, and has it listen unless backlog is negative.
func bind(t *testing.T, path string, kind, backlog int) (fd int) {
	t.Helper()
	t.Chdir(filepath.Dir(path)) // A path of a socket may have 108 bytes.
	fd, err := unix.Socket(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	require.NoError(t, err)
	require.NoError(t, unix.Bind(fd, &unix.SockaddrUnix{Name: filepath.Base(path)}))
	if backlog >= 0 {
		require.NoError(t, unix.Listen(fd, backlog))
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// TestConnect has a socket for each thing that may be at a path, and holds openat2 and the walk to the same.
func TestConnect(t *testing.T) {
	outside := t.TempDir()
	root := filepath.Join(outside, "root")
	hosttest.Write(t, root, "run/file", "")
	bind(t, filepath.Join(outside, "secret.sock"), unix.SOCK_STREAM, 8)
	bind(t, filepath.Join(root, "run/listening.sock"), unix.SOCK_STREAM, 128)
	bind(t, filepath.Join(root, "run/bound.sock"), unix.SOCK_STREAM, -1)
	bind(t, filepath.Join(root, "run/datagram.sock"), unix.SOCK_DGRAM, -1)
	bind(t, filepath.Join(root, "run/packet.sock"), unix.SOCK_SEQPACKET, 8)
	dead := bind(t, filepath.Join(root, "run/dead.sock"), unix.SOCK_STREAM, 8)
	unix.Close(dead)
	bind(t, filepath.Join(root, "run/full.sock"), unix.SOCK_STREAM, 0)
	require.NoError(t, unix.Mkfifo(filepath.Join(root, "run/fifo"), 0o600))
	hosttest.Link(t, root, "var/run", "/run")
	hosttest.Link(t, root, "run/out.sock", outside+"/secret.sock")
	hosttest.Link(t, root, "run/up.sock", "../../secret.sock")
	hosttest.Link(t, root, "run/link.sock", "/run/listening.sock")
	for _, walk := range []bool{false, true} {
		fs := openFS(t, root)
		fs.walk = walk
		full := fs.Socket("run/full.sock")
		for range 4 {
			if errors.Is(full.Connect(), unix.EAGAIN) {
				break
			}
		}
		for name, want := range map[string]error{
			"run/listening.sock": nil, "var/run/listening.sock": nil, "run/link.sock": nil, "/run/../run/listening.sock": nil,
			"run/bound.sock": unix.ECONNREFUSED, "run/dead.sock": unix.ECONNREFUSED, "run/full.sock": unix.EAGAIN,
			"run/datagram.sock": unix.EPROTOTYPE, "run/packet.sock": unix.EPROTOTYPE,
			"run/file": ErrNotSocket, "run/fifo": ErrNotSocket, "run": ErrNotSocket, ".": ErrNotSocket,
			"run/none.sock": unix.ENOENT, "run/file/x": unix.ENOTDIR, "run/out.sock": unix.ENOENT, "run/up.sock": unix.ENOENT,
		} {
			s := fs.Socket(name)
			assert.ErrorIs(t, s.Connect(), want, "%s, walk %v", name, walk)
			missing := errors.Is(want, unix.ENOENT) || errors.Is(want, unix.ENOTDIR)
			assert.Equal(t, !missing, fs.Exists(name), "%s, walk %v", name, walk)
			assert.Equal(t, name, s.Name())
		}
	}
}

// TestConnectSendsNothing: who listens sees a connection that is closed again, without a byte.
func TestConnectSendsNothing(t *testing.T) {
	root := t.TempDir()
	listener := bind(t, filepath.Join(root, "a.sock"), unix.SOCK_STREAM, 128)
	before := descriptors(t)
	s := openFS(t, root).Socket("a.sock")
	require.NoError(t, s.Connect())
	assert.Equal(t, before+1, descriptors(t), "the root's")
	fd, _, err := unix.Accept(listener)
	require.NoError(t, err)
	defer unix.Close(fd)
	n, err := unix.Read(fd, make([]byte, 8))
	assert.NoError(t, err)
	assert.Zero(t, n)
	hosttest.NoAllocs(t, func() { _ = s.Connect() })
}

// TestConnectWithoutPermission: to connect to a socket takes the permission to write to it.
func TestConnectWithoutPermission(t *testing.T) {
	root := t.TempDir()
	bind(t, filepath.Join(root, "a.sock"), unix.SOCK_STREAM, 8)
	require.NoError(t, os.Chmod(filepath.Join(root, "a.sock"), 0o400))
	err := openFS(t, root).Socket("a.sock").Connect()
	if os.Geteuid() == 0 {
		assert.NoError(t, err)
	} else {
		assert.ErrorIs(t, err, unix.EACCES)
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// runtimeSocket binds the socket of a container runtime at name below root, and listens with this backlog.
func runtimeSocket(t *testing.T, root, name string, backlog int) (fd int) {
	t.Helper()
	hosttest.Write(t, root, name, "")
	hosttest.Remove(t, root, name)
	t.Chdir(filepath.Join(root, filepath.Dir(name))) // The path of a socket has at most 107 bytes.
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	require.NoError(t, err)
	require.NoError(t, unix.Bind(fd, &unix.SockaddrUnix{Name: filepath.Base(name)}))
	require.NoError(t, unix.Listen(fd, backlog))
	return fd
}

// TestRuntimeTwins: both backends detect the same, and find the same container runtimes: one that listens, one that has ended, one
// that does not accept, one by a symbolic link, and none at a regular file.
func TestRuntimeTwins(t *testing.T) {
	root := t.TempDir()
	defer unix.Close(runtimeSocket(t, root, "run/docker.sock", 128))
	require.NoError(t, unix.Close(runtimeSocket(t, root, "run/podman/podman.sock", 128)))
	defer unix.Close(runtimeSocket(t, root, "run/crio/crio.sock", 0))
	hosttest.Write(t, root, "run/containerd/containerd.sock", "a file")
	hosttest.Link(t, root, "run/incus/unix.socket", "/var/lib/incus/unix.socket")
	defer unix.Close(runtimeSocket(t, root, "var/lib/incus/unix.socket", 128))
	want := snapshot.Want{Runtime: snapshot.RuntimeWant{Available: true}}
	var s [2]snapshot.Snapshot
	for i, backend := range []Backend{BackendNative, BackendPortable} {
		p := open(t, Options{Root: root, Backend: backend}, want)
		p.Begin(&s[i], 1)
		for _, d := range []snapshot.Domain{snapshot.DomainContainer, snapshot.DomainRuntime} {
			require.Empty(t, p.Read(context.Background(), d))
		}
	}
	assert.Len(t, s[0].Runtime.Available, 5)
	assert.Equal(t, s[0].Runtime, s[1].Runtime)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package container

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestAvailableRuntimes has runtimes that listen, that have ended, and that do not accept, and paths that are no socket of a runtime.
func TestAvailableRuntimes(t *testing.T) {
	outside := t.TempDir()
	root := filepath.Join(outside, "root")
	defer unix.Close(listenAt(t, root, "run/docker.sock", 128))
	require.NoError(t, unix.Close(listenAt(t, root, "run/podman/podman.sock", 128)))
	full := listenAt(t, root, "run/crio/crio.sock", 0)
	defer unix.Close(full)
	hosttest.Write(t, root, "run/containerd/containerd.sock", "a file")
	defer unix.Close(listenAt(t, outside, "secret.sock", 128))
	hosttest.Link(t, root, "var/lib/lxd/unix.socket", outside+"/secret.sock")
	hosttest.Link(t, root, "run/incus/unix.socket", "/var/lib/incus/unix.socket")
	bound := listenAt(t, root, "var/lib/incus/unix.socket", -1)
	defer unix.Close(bound)

	p := open(t, root, snapshot.RuntimeWant{Available: true})
	want := []snapshot.AvailableRuntime{
		{Name: "docker", SocketPath: "/run/docker.sock", Known: true, Running: true},
		{Name: "podman", SocketPath: "/run/podman/podman.sock", Known: true},
		{Name: "cri-o", SocketPath: "/run/crio/crio.sock", Known: true, Running: true},
		{Name: "incus", SocketPath: "/run/incus/unix.socket", Known: true},
		{Name: "incus", SocketPath: "/var/lib/incus/unix.socket", Known: true},
	}
	var s snapshot.Snapshot
	for range 4 { // The backlog of one fills up.
		require.Empty(t, takeRuntime(p, &s))
		assert.Equal(t, want, s.Runtime.Available)
	}
	assert.ErrorIs(t, p.detection.host.Socket("run/crio/crio.sock").Connect(), unix.EAGAIN)
	require.NoError(t, unix.Listen(bound, 128))
	want[3].Running, want[4].Running = true, true
	require.Empty(t, takeRuntime(p, &s))
	assert.Equal(t, want, s.Runtime.Available)
	hosttest.NoAllocs(t, func() { takeRuntime(p, &s) })

	takeRuntime(open(t, root, snapshot.RuntimeWant{}), &s)
	assert.Empty(t, s.Runtime.Available, "not requested")
}

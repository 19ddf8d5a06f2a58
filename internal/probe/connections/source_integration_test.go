// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package connections

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestNetlinkDenied counts sockets in a process that can open none, as in a sandbox without AF_NETLINK, on a kernel
// without sock_diag, and where a dump's answer never comes whole.
func TestNetlinkDenied(t *testing.T) {
	for _, fault := range []string{
		"socket:error=EPROTONOSUPPORT", "socket:error=EAFNOSUPPORT", "socket:error=EPERM",
		"recvfrom:error=ENOBUFS", "recvfrom:error=EAGAIN", "connect:error=ENOMEM",
	} {
		assert.Contains(t, hosttest.UnderFault(t, "TestSocketsAreCounted", "-e", "inject="+fault), "fallback true", fault)
	}
}

// TestAnotherNamespace looks from outside at a host that has namespaces of its own, without a socket in them: nothing of
// whoever looks may be seen there.
func TestAnotherNamespace(t *testing.T) {
	host := exec.Command("unshare", "-m", "-p", "-n", "-f", "--mount-proc", "sleep", "60")
	require.NoError(t, host.Start())
	var init string
	t.Cleanup(func() {
		if pid, err := strconv.Atoi(init); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		_ = host.Wait()
	})
	require.Eventually(t, func() bool {
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", host.Process.Pid))
		init = strings.TrimSpace(string(children))
		comm, _ := os.ReadFile("/proc/" + init + "/comm")
		return string(comm) == "sleep\n"
	}, 5*time.Second, 10*time.Millisecond)

	openSockets(t, 5)
	ours, _ := readConnections(t, open(t, Options{Root: "/"}, socketWant))
	assert.False(t, ours.Fallback, "below / is the namespace that we are in")
	assert.GreaterOrEqual(t, ours.TCP[snapshot.IPv4].ByState[snapshot.SocketListen], uint64(5))

	theirs, faults := readConnections(t, open(t, Options{Root: "/proc/" + init + "/root"}, socketWant))
	empty := snapshot.SocketCounts{Known: true}
	assert.Equal(t, snapshot.Connections{
		TCP: [snapshot.NumIPVersions]snapshot.SocketCounts{empty, empty}, UDP: [snapshot.NumIPVersions]snapshot.SocketCounts{empty, empty}, Fallback: true,
	}, theirs)
	require.Len(t, faults, 1, "unix sockets cannot be told from here")
	assert.ErrorIs(t, faults[0].Err, source.ErrOtherNamespace)

	var s snapshot.Snapshot
	p := open(t, Options{Root: "/proc/" + init + "/root"}, snapshot.Want{System: snapshot.SystemWant{ProcessLimit: true}})
	p.Begin(&s, 1)
	faults = p.Read(context.Background(), snapshot.DomainSystem)
	require.Len(t, faults, 1, "pid_max answers for the reader")
	assert.ErrorIs(t, faults[0].Err, source.ErrOtherNamespace)
	assert.False(t, s.System.ProcessLimit.Known)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package connections_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/probe/connections"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestOneNamespace counts the sockets of a namespace of its own with every source: IPv4 connections to an IPv6 listener, and
// hundreds of connections in TIME_WAIT.
func TestOneNamespace(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	listener, err := net.Listen("tcp", "[::]:0") // It accepts IPv4 and IPv6.
	require.NoError(t, err)
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port
	connect := func(host string) net.Conn {
		client, err := net.Dial("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		require.NoError(t, err)
		return client
	}
	mapped, whole := connect("127.0.0.1"), connect("::1")
	defer mapped.Close()
	defer whole.Close()
	const storm = 500
	for range storm {
		connect("127.0.0.1").Close()
	}
	for range storm + 2 { // All but the first two are closed again.
		server, err := listener.Accept()
		require.NoError(t, err)
		if remote := server.RemoteAddr().String(); remote != mapped.LocalAddr().String() && remote != whole.LocalAddr().String() {
			server.Close()
		} else {
			defer server.Close()
		}
	}
	udp, _ := connections.Bound(t, unix.SOCK_DGRAM, 0)
	defer unix.Close(udp)

	native := connections.OpenSockDiag(t, connections.ListenerWant)
	require.Eventually(t, func() bool {
		c, _ := connections.ReadConnections(t, native)
		return c.TCP[snapshot.IPv4].ByState[snapshot.SocketTimeWait] == storm
	}, 10*time.Second, 20*time.Millisecond)
	c, faults := connections.ReadConnections(t, native)
	require.Empty(t, faults)
	assert.Equal(t, uint64(1), c.TCP[snapshot.IPv4].ByState[snapshot.SocketEstablished], "the client's end is of IPv4")
	assert.Equal(t, uint64(3), c.TCP[snapshot.IPv6].ByState[snapshot.SocketEstablished], "and the server's of IPv6")
	assert.Equal(t, uint64(1), c.TCP[snapshot.IPv6].ByState[snapshot.SocketListen])
	procNet, _ := connections.ReadConnections(t, connections.OpenProcNet(t, connections.ListenerWant))
	portable, _ := readWith(t, openPortable(t, ""), &connections.ListenerWant)
	for name, other := range map[string]*snapshot.Connections{"/proc/net": &procNet, "gopsutil": &portable} {
		assert.Equal(t, c.TCP, other.TCP, name)
		assert.Equal(t, c.UDP, other.UDP, name)
		require.Len(t, other.Listeners, 1, name)
		assert.Equal(t, c.Listeners[0].Local, other.Listeners[0].Local, name)
	}
}

// TestAnotherNamespace reads, from outside, a host with namespaces of its own and without a socket: it must not report anything
// of the collector's namespaces.
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

	connections.OpenSockets(t, 5)
	ours, _ := connections.ReadConnections(t, connections.OpenRoot(t, "/", connections.SocketWant))
	assert.False(t, ours.Fallback, "/ has the collector's own namespace")
	assert.GreaterOrEqual(t, ours.TCP[snapshot.IPv4].ByState[snapshot.SocketListen], uint64(5))

	theirs, faults := connections.ReadConnections(t, connections.OpenRoot(t, "/proc/"+init+"/root", connections.SocketWant))
	empty := snapshot.SocketCounts{Known: true}
	assert.Equal(t, snapshot.Connections{
		TCP: [snapshot.NumIPVersions]snapshot.SocketCounts{empty, empty}, UDP: [snapshot.NumIPVersions]snapshot.SocketCounts{empty, empty}, Fallback: true,
	}, theirs)
	require.Len(t, faults, 1, "unix sockets have no fallback")
	assert.ErrorIs(t, faults[0].Err, source.ErrOtherNamespace)

	var s snapshot.Snapshot
	p := openProbe(t, probe.Options{Root: "/proc/" + init + "/root"})
	p.Begin(&s, 1, &snapshot.Want{System: snapshot.SystemWant{ProcessLimit: true}})
	faults = p.Read(t.Context(), snapshot.DomainSystem)
	require.Len(t, faults, 1, "pid_max answers for the reader")
	assert.ErrorIs(t, faults[0].Err, source.ErrOtherNamespace)
	assert.False(t, s.System.ProcessLimit.Known)
}

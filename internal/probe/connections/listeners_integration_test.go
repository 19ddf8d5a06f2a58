// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package connections

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

var listenerWant = snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true, Listeners: true}}

// bound opens an IPv4 socket that is bound to a free port of the loopback address, or to port if that is not 0.
func bound(t *testing.T, kind, port int, options ...int) (fd int, address *unix.SockaddrInet4) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	require.NoError(t, err)
	t.Cleanup(func() { unix.Close(fd) })
	for _, option := range options {
		require.NoError(t, unix.SetsockoptInt(fd, unix.SOL_SOCKET, option, 1))
	}
	require.NoError(t, unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}))
	name, err := unix.Getsockname(fd)
	require.NoError(t, err)
	return fd, name.(*unix.SockaddrInet4)
}

// listenersOn returns the listeners on a port.
func listenersOn(c *snapshot.Connections, port int) (found []snapshot.Listener) {
	for _, l := range c.Listeners {
		if int(l.Local.Port) == port {
			found = append(found, l)
		}
	}
	return found
}

// TestFullAcceptQueue: a listener with a backlog of 2 queues 3 connections for accept, and drops the rest.
func TestFullAcceptQueue(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	fd, address := bound(t, unix.SOCK_STREAM, 0)
	require.NoError(t, unix.Listen(fd, 2))
	p, files := openSockDiag(t, listenerWant), openProcNet(t, listenerWant)
	for range 8 {
		client, _ := bound(t, unix.SOCK_STREAM, 0)
		require.ErrorIs(t, unix.Connect(client, address), unix.EINPROGRESS)
	}
	var dropped uint64
	require.Eventually(t, func() bool {
		c, faults := readConnections(t, p)
		require.Empty(t, faults)
		found := listenersOn(&c, address.Port)
		require.Len(t, found, 1)
		assert.Equal(t, snapshot.Known(2), found[0].Limit)
		assert.True(t, found[0].Dropped.Known)
		dropped += found[0].Dropped.N
		return found[0].Queue == snapshot.Known(3) && dropped > 0
	}, 10*time.Second, 50*time.Millisecond)

	c, _ := readConnections(t, files)
	found := listenersOn(&c, address.Port)
	require.Len(t, found, 1)
	assert.Equal(t, snapshot.Known(3), found[0].Queue, "the queue is the same in /proc/net")
	assert.False(t, found[0].Limit.Known)
	assert.False(t, found[0].Dropped.Known)
}

// TestUDPDrops: a UDP socket that is not read drops the packets that exceed its buffer.
func TestUDPDrops(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	fd, address := bound(t, unix.SOCK_DGRAM, 0)
	require.NoError(t, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4096))
	probes := map[string]*sourcetest.Reader{
		"sock_diag": openSockDiag(t, listenerWant),
		"/proc/net": openProcNet(t, listenerWant),
	}
	sender, _ := bound(t, unix.SOCK_DGRAM, 0)
	send := func(n int) {
		for range n {
			require.NoError(t, unix.Sendto(sender, make([]byte, 512), 0, address))
		}
	}
	send(100)
	first := map[string]uint64{}
	for name, p := range probes {
		c, _ := readConnections(t, p)
		assert.Empty(t, listenersOn(&c, address.Port), "whether it persists is unknown yet")
		assert.Positive(t, c.OtherUDP.Queue.N, name)
		c, _ = readConnections(t, p)
		found := listenersOn(&c, address.Port)
		require.Len(t, found, 1, name)
		assert.Positive(t, found[0].Queue.N, name)
		assert.Positive(t, found[0].Dropped.N, name)
		first[name] = found[0].Dropped.N
	}
	assert.Equal(t, first["sock_diag"], first["/proc/net"])
	send(10)
	for name, p := range probes {
		c, _ := readConnections(t, p)
		assert.Equal(t, snapshot.Known(10), listenersOn(&c, address.Port)[0].Dropped, "%s: the buffer was full", name)
	}
}

// TestReusePort: listeners that share a port are reported one by one.
func TestReusePort(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	first, address := bound(t, unix.SOCK_STREAM, 0, unix.SO_REUSEPORT)
	second, _ := bound(t, unix.SOCK_STREAM, address.Port, unix.SO_REUSEPORT)
	for _, fd := range []int{first, second} {
		require.NoError(t, unix.Listen(fd, 5))
	}
	for _, p := range []*sourcetest.Reader{openSockDiag(t, listenerWant), openProcNet(t, listenerWant)} {
		c, _ := readConnections(t, p)
		assert.Len(t, listenersOn(&c, address.Port), 2)
		assert.Equal(t, uint64(2), c.TCP[snapshot.IPv4].ByState[snapshot.SocketListen])
	}
}

// TestChurn reads while connections are opened and closed: a socket that persists is in each dump, and no dump fails.
func TestChurn(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			server, err := listener.Accept()
			if err != nil {
				return
			}
			server.Close()
		}
	})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if client, err := net.Dial("tcp", listener.Addr().String()); err == nil {
					client.(*net.TCPConn).SetLinger(0)
					client.Close()
				}
			}
		})
	}
	defer wg.Wait()
	defer listener.Close()
	defer close(stop)

	want := listenerWant
	want.Connections.UnixStates, want.Connections.Owners = true, snapshot.OwnerWant{Unit: true, Container: true, Process: true}
	p := openSockDiag(t, want)
	for range 200 {
		c, faults := readConnections(t, p)
		require.Empty(t, faults)
		require.False(t, c.Fallback)
		require.Len(t, listenersOn(&c, listener.Addr().(*net.TCPAddr).Port), 1)
		owned, all := sums(&c)
		require.Equal(t, all, owned)
	}
}

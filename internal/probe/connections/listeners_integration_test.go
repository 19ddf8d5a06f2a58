// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package connections

import (
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

var listenerWant = snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true, Listeners: true}}

// bound opens a socket of IPv4 that is bound to a free port of the loopback address, or to the port given.
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

// listenersOn are the listeners on a port.
func listenersOn(c *snapshot.Connections, port int) (found []snapshot.Listener) {
	for _, l := range c.Listeners {
		if int(l.Local.Port) == port {
			found = append(found, l)
		}
	}
	return found
}

// TestFullAcceptQueue: a listener with a backlog of 2 takes 3 connections that nobody accepts, and drops what comes then.
func TestFullAcceptQueue(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	fd, address := bound(t, unix.SOCK_STREAM, 0)
	require.NoError(t, unix.Listen(fd, 2))
	p, files := open(t, Options{}, listenerWant), withoutNetlink(open(t, Options{}, listenerWant))
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

// TestUDPDrops: a UDP socket that nobody reads loses what does not fit.
func TestUDPDrops(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	fd, address := bound(t, unix.SOCK_DGRAM, 0)
	require.NoError(t, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4096))
	probes := map[string]*reader{
		"sock_diag": open(t, Options{}, listenerWant),
		"/proc/net": withoutNetlink(open(t, Options{}, listenerWant)),
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
		assert.Empty(t, listenersOn(&c, address.Port), "whether it stays is not known yet")
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

// TestReusePort: each of the listeners that share a port is one.
func TestReusePort(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	first, address := bound(t, unix.SOCK_STREAM, 0, unix.SO_REUSEPORT)
	second, _ := bound(t, unix.SOCK_STREAM, address.Port, unix.SO_REUSEPORT)
	for _, fd := range []int{first, second} {
		require.NoError(t, unix.Listen(fd, 5))
	}
	for _, p := range []*reader{open(t, Options{}, listenerWant), withoutNetlink(open(t, Options{}, listenerWant))} {
		c, _ := readConnections(t, p)
		assert.Len(t, listenersOn(&c, address.Port), 2)
		assert.Equal(t, uint64(2), c.TCP[snapshot.IPv4].ByState[snapshot.SocketListen])
	}
}

// TestOneNamespace counts sockets of which it knows all, in all ways there are: IPv4 through a socket of IPv6, and what
// hundreds of connections leave in TIME_WAIT.
func TestOneNamespace(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	listener, err := net.Listen("tcp", "[::]:0") // It takes both versions.
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
	for range storm + 2 { // What was accepted is closed again, but for the first two.
		server, err := listener.Accept()
		require.NoError(t, err)
		if remote := server.RemoteAddr().String(); remote != mapped.LocalAddr().String() && remote != whole.LocalAddr().String() {
			server.Close()
		} else {
			defer server.Close()
		}
	}
	udp, _ := bound(t, unix.SOCK_DGRAM, 0)
	defer unix.Close(udp)

	native := open(t, Options{}, listenerWant)
	require.Eventually(t, func() bool {
		c, _ := readConnections(t, native)
		return c.TCP[snapshot.IPv4].ByState[snapshot.SocketTimeWait] == storm
	}, 10*time.Second, 20*time.Millisecond)
	c, faults := readConnections(t, native)
	require.Empty(t, faults)
	assert.Equal(t, uint64(1), c.TCP[snapshot.IPv4].ByState[snapshot.SocketEstablished], "the client's end is of IPv4")
	assert.Equal(t, uint64(3), c.TCP[snapshot.IPv6].ByState[snapshot.SocketEstablished], "and the server's of IPv6")
	assert.Equal(t, uint64(1), c.TCP[snapshot.IPv6].ByState[snapshot.SocketListen])
	for name, p := range map[string]*reader{
		"/proc/net": withoutNetlink(open(t, Options{}, listenerWant)),
		"gopsutil":  open(t, Options{Backend: BackendPortable}, listenerWant),
	} {
		other, _ := readConnections(t, p)
		assert.Equal(t, c.TCP, other.TCP, name)
		assert.Equal(t, c.UDP, other.UDP, name)
		require.Len(t, other.Listeners, 1, name)
		assert.Equal(t, c.Listeners[0].Local, other.Listeners[0].Local, name)
	}
}

// TestChurn reads while connections come and go: what stays is in each dump, and no dump fails.
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
	p := open(t, Options{}, want)
	for range 200 {
		c, faults := readConnections(t, p)
		require.Empty(t, faults)
		require.False(t, c.Fallback)
		require.Len(t, listenersOn(&c, listener.Addr().(*net.TCPAddr).Port), 1)
		owned, all := sums(&c)
		require.Equal(t, all, owned)
	}
}

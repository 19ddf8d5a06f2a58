// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package connections

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/hosttest/pairs"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// server is a listener on a free port of loopback, and connect makes a connection to it.
type server struct {
	fd                int
	protocol          int
	connectTo, family int
}

func serve(t *testing.T, family, protocol int, options ...[2]int) server {
	t.Helper()
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, protocol)
	require.NoError(t, err)
	t.Cleanup(func() { unix.Close(fd) })
	for _, option := range options {
		require.NoError(t, unix.SetsockoptInt(fd, unix.IPPROTO_TCP, option[0], option[1]))
	}
	var any unix.Sockaddr = &unix.SockaddrInet4{}
	if family == unix.AF_INET6 {
		any = &unix.SockaddrInet6{}
	}
	require.NoError(t, unix.Bind(fd, any))
	require.NoError(t, unix.Listen(fd, 16))
	s := server{fd: fd, protocol: protocol, family: family}
	switch name, err := unix.Getsockname(fd); name := name.(type) {
	case *unix.SockaddrInet4:
		s.connectTo = name.Port
	case *unix.SockaddrInet6:
		s.connectTo = name.Port
	default:
		require.NoError(t, err)
	}
	return s
}

func (s server) connect(t *testing.T, family int) (client int) {
	t.Helper()
	client, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, s.protocol)
	require.NoError(t, err)
	var to unix.Sockaddr = &unix.SockaddrInet4{Port: s.connectTo, Addr: [4]byte{127, 0, 0, 1}}
	if family == unix.AF_INET6 {
		to = &unix.SockaddrInet6{Port: s.connectTo, Addr: [16]byte{15: 1}}
	}
	require.NoError(t, unix.Connect(client, to))
	return client
}

func (s server) accept(t *testing.T) (fd int) {
	t.Helper()
	fd, _, err := unix.Accept4(s.fd, unix.SOCK_CLOEXEC)
	require.NoError(t, err)
	return fd
}

// TestEstablishedAreNotDumped opens every kind of TCP socket beside many that are ESTABLISHED, and compares the derived counts
// with a dump of all states: for IPv4 and IPv6, to the last socket.
func TestEstablishedAreNotDumped(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	want := snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, Listeners: true, Protocols: snapshot.ProtocolWant{Sockets: true}}}
	held, err := pairs.Open(manyEstablished)
	require.NoError(t, err)
	p, s := open(t, source.Options{}, want)
	derived := s.established
	for range 2 {
		_, faults := readConnections(t, p)
		require.Empty(t, faults)
	}
	require.Equal(t, scrapesBelieved, derived.believed, "inuse is right on a quiet host")
	// From then on its counts must equal those of readers that dump everything, as each does at first, before and after it: the
	// kernel may still be changing the state of a connection when the call for that has returned.
	dumped := func() [snapshot.NumIPVersions]snapshot.SocketCounts {
		c, _ := readConnections(t, openSockDiag(t, want))
		return c.TCP
	}
	same := func(what string) (counts [snapshot.NumIPVersions]snapshot.SocketCounts) {
		t.Helper()
		for counts = dumped(); ; {
			believed := derived.believed
			c, faults := readConnections(t, p)
			require.Empty(t, faults, what)
			require.Equal(t, believed-1, derived.believed, what)
			after := dumped()
			if after == counts {
				require.Equal(t, counts, c.TCP, what)
				return counts
			}
			counts = after
		}
	}
	same("as they were")

	plain, six := serve(t, unix.AF_INET, 0), serve(t, unix.AF_INET6, 0)
	for range 3 {
		plain.connect(t, unix.AF_INET)
		plain.accept(t)
		six.connect(t, unix.AF_INET6)
		six.accept(t)
		six.connect(t, unix.AF_INET)
		six.accept(t)
	}
	counts := same("connections of IPv4, of IPv6, and of IPv4 to an IPv6 listener")
	assert.Equal(t, uint64(9), counts[snapshot.IPv6].ByState[snapshot.SocketEstablished])

	mapped, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	require.NoError(t, unix.Connect(mapped, &unix.SockaddrInet6{Port: plain.connectTo, Addr: [16]byte{10: 0xff, 11: 0xff, 12: 127, 15: 1}}))
	plain.accept(t)
	counts = same("a connection of IPv6 over IPv4")
	assert.Equal(t, uint64(10), counts[snapshot.IPv6].ByState[snapshot.SocketEstablished])
	require.NoError(t, unix.SetsockoptInt(mapped, unix.IPPROTO_IPV6, unix.IPV6_ADDRFORM, unix.AF_INET))
	counts = same("the same, made one of IPv4")
	assert.Equal(t, uint64(9), counts[snapshot.IPv6].ByState[snapshot.SocketEstablished])

	fast := serve(t, unix.AF_INET, 0, [2]int{unix.TCP_FASTOPEN, 16})
	require.NoError(t, os.WriteFile("/proc/sys/net/ipv4/tcp_fastopen", []byte("519"), 0o600)) // Both ends, without a cookie.
	opener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	require.NoError(t, unix.Sendto(opener, []byte("fast"), unix.MSG_FASTOPEN, &unix.SockaddrInet4{Port: fast.connectTo, Addr: [4]byte{127, 0, 0, 1}}))
	same("a connection with data in its first packet")

	six.connect(t, unix.AF_INET6)
	same("a connection that waits for accept")

	require.NoError(t, unix.Shutdown(plain.connect(t, unix.AF_INET), unix.SHUT_WR))
	plain.accept(t)
	orphan := plain.connect(t, unix.AF_INET)
	plain.accept(t)
	unix.Close(orphan) // The kernel keeps a TIME_WAIT socket instead, in FIN_WAIT2.
	closed := plain.connect(t, unix.AF_INET)
	peer := plain.accept(t)
	unix.Close(closed)
	unix.Close(peer)
	counts = same("connections that end")
	assert.Equal(t, uint64(2), counts[snapshot.IPv4].ByState[snapshot.SocketFinWait2])
	assert.Equal(t, uint64(2), counts[snapshot.IPv4].ByState[snapshot.SocketCloseWait])
	assert.Equal(t, uint64(1), counts[snapshot.IPv4].ByState[snapshot.SocketTimeWait])

	serve(t, unix.AF_INET, 0, [2]int{unix.TCP_DEFER_ACCEPT, 30}).connect(t, unix.AF_INET)
	counts = same("a connection that begins: a request socket")
	assert.Equal(t, uint64(1), counts[snapshot.IPv4].ByState[snapshot.SocketSynRecv])

	full := serve(t, unix.AF_INET, 0)
	require.NoError(t, unix.Listen(full.fd, 0))
	full.connect(t, unix.AF_INET)
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	require.NoError(t, err)
	require.ErrorIs(t, unix.Connect(client, &unix.SockaddrInet4{Port: full.connectTo, Addr: [4]byte{127, 0, 0, 1}}), unix.EINPROGRESS)
	counts = same("a connection without a reply")
	assert.Equal(t, uint64(1), counts[snapshot.IPv4].ByState[snapshot.SocketSynSent])

	for _, s := range []server{serve(t, unix.AF_INET, unix.IPPROTO_MPTCP), serve(t, unix.AF_INET6, unix.IPPROTO_MPTCP)} {
		s.connect(t, s.family)
		s.accept(t)
	}
	same("MPTCP, whose subflows are sockets too")

	require.NoError(t, held.Close())
	counts = same("most of them have ended")
	assert.Less(t, counts[snapshot.IPv4].ByState[snapshot.SocketEstablished], uint64(100))
	_, faults := readConnections(t, p)
	require.Empty(t, faults)
	assert.Less(t, derived.established, uint64(manyEstablished))
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

var allLists = snapshot.Want{Connections: snapshot.ConnectionsWant{TCPSockets: true, UDPSockets: true, UnixSockets: true, Listeners: true, ListenerOwners: true}}

// someSockets opens sockets of each kind. It returns the path of a unix listener, and the ports of a TCP and a UDP socket.
func someSockets(t testing.TB) (path string, tcp, udp int) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "a\nb")
	for _, address := range []string{path, "@hostprobe/\xff" + filepath.Base(t.TempDir())} {
		l, err := net.Listen("unix", address)
		require.NoError(t, err)
		t.Cleanup(func() { l.Close() })
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	client, err := net.Dial("tcp4", l.Addr().String())
	require.NoError(t, err)
	packets, err := net.ListenPacket("udp6", "[::1]:0")
	require.NoError(t, err)
	connected, err := net.Dial("udp6", packets.LocalAddr().String())
	require.NoError(t, err)
	t.Cleanup(func() { l.Close(); client.Close(); packets.Close(); connected.Close() })
	return path, l.Addr().(*net.TCPAddr).Port, packets.LocalAddr().(*net.UDPAddr).Port
}

// TestSocketLists finds this test's own sockets in all lists, with itself as their owner.
func TestSocketLists(t *testing.T) {
	path, tcp, udp := someSockets(t)
	p := openSockDiag(t, allLists)
	var s snapshot.Snapshot
	read := func() { p.Read(t, &s, 1) }
	read()
	read() // Only now a UDP socket is known to persist.
	c := &s.Connections
	require.Equal(t, snapshot.SocketLists{TCP: true, UDP: true, Unix: true, Listeners: true}, c.Listed)
	assert.False(t, c.TCP[0].Known || c.UDP[0].Known || c.Unix.Known, "counts are not requested")
	assert.Empty(t, c.Owned)
	assert.Equal(t, uint64(len(c.UnixSockets)), c.UnixSocketsSeen)

	ours := map[string]int{}
	isOurs := func(o *snapshot.Owner) bool {
		return o.PID == int32(os.Getpid()) && o.Name == filepath.Base(os.Args[0])
	}
	for i := range c.TCPSockets {
		if one := &c.TCPSockets[i]; one.Remote.Port == uint16(tcp) && isOurs(&one.Owner) {
			ours["tcp"]++
		}
	}
	for i := range c.UDPSockets {
		one := &c.UDPSockets[i]
		if isOurs(&one.Owner) && one.IPv6 && (one.Local.Port == uint16(udp) && !one.Connected || one.Remote.Port == uint16(udp) && one.Connected) {
			ours["udp"]++
		}
	}
	for i := range c.UnixSockets {
		one := &c.UnixSockets[i]
		if isOurs(&one.Owner) && one.State == snapshot.SocketListen && one.Type == 1 {
			ours[one.Path]++
		}
	}
	for i := range c.Listeners {
		if one := &c.Listeners[i]; isOurs(&one.Owner) && (one.Local.Port == uint16(tcp) || one.Local.Port == uint16(udp)) {
			ours["listener"]++
		}
	}
	name := filepath.Dir(path) + `/a\x0ab`
	assert.Equal(t, 1, ours["tcp"])
	assert.Equal(t, 2, ours["udp"])
	assert.Equal(t, 1, ours[name], "a control character is escaped")
	assert.Equal(t, 2, ours["listener"])
	abstract := 0
	for path := range ours {
		if len(path) > 12 && path[:12] == `@hostprobe/\` {
			abstract++
		}
	}
	assert.Equal(t, 1, abstract, "%v", ours)
}

func TestSocketListsAllocateNothing(t *testing.T) {
	someSockets(t)
	p := openSockDiag(t, allLists)
	var s snapshot.Snapshot
	read := func() { p.Read(t, &s, 1) }
	read()
	read()
	hosttest.NoAllocs(t, read)
}

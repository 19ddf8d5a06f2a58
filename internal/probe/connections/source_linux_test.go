// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

var socketWant = snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true, UnixStates: true}}

// openSockets opens n listeners and a connection to each, in both families, and as many UDP sockets.
func openSockets(t *testing.T, n int) {
	t.Helper()
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		for range n {
			listener, err := net.Listen("tcp", address)
			require.NoError(t, err)
			client, err := net.Dial("tcp", listener.Addr().String())
			require.NoError(t, err)
			packets, err := net.ListenPacket("udp", address)
			require.NoError(t, err)
			connected, err := net.Dial("udp", packets.LocalAddr().String())
			require.NoError(t, err)
			t.Cleanup(func() {
				for _, c := range []interface{ Close() error }{listener, client, packets, connected} {
					assert.NoError(t, c.Close())
				}
			})
		}
	}
}

// TestSocketsAreCounted prints whether it fell back to /proc/net, for tests that run it with injected faults.
func TestSocketsAreCounted(t *testing.T) {
	c, faults := readConnections(t, openSockDiag(t, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true, Listeners: true}}))
	assert.True(t, c.TCP[snapshot.IPv4].Known && c.UDP[snapshot.IPv4].Known)
	assert.True(t, c.OtherUDP.Queue.Known)
	if c.Fallback {
		var sources []string
		for _, f := range faults {
			sources = append(sources, f.Source)
		}
		t.Logf("faults %q", sources)
	} else {
		assert.Empty(t, faults)
	}
	t.Logf("fallback %v", c.Fallback)
}

func TestUnixSockets(t *testing.T) {
	p := openSockDiag(t, snapshot.Want{Connections: snapshot.ConnectionsWant{UnixStates: true}})
	before, faults := readConnections(t, p)
	require.Empty(t, faults)
	// A name that contains what looks like a line of /proc/net/unix.
	listener, err := net.Listen("unix", "@x\n0000000000000000: 00000002 00000000 00010000 0001 01 99999 /run/forged\n")
	require.NoError(t, err)
	defer listener.Close()
	now, faults := readConnections(t, p)
	require.Empty(t, faults)
	assert.InDelta(t, 1, int(now.Unix.ByState[snapshot.SocketListen])-int(before.Unix.ByState[snapshot.SocketListen]), 5)

	c, faults := readConnections(t, openProcNet(t, snapshot.Want{Connections: snapshot.ConnectionsWant{UnixStates: true}}))
	assert.False(t, c.Unix.Known, "no other source is reliable")
	require.Len(t, faults, 1)
	assert.Equal(t, source.Unavailable, faults[0].Reason)
}

// TestSocketsBelowRoot reads the files of a root, and never the sockets of the collector's own namespace.
func TestSocketsBelowRoot(t *testing.T) {
	t.Parallel()
	const header = "  sl  local_address rem_address   st tx_queue rx_queue\n"
	root := t.TempDir()
	for name, states := range map[string][]string{"tcp": {"0A", "01", "01"}, "tcp6": {"06"}, "udp": {"07"}, "udp6": nil} {
		text := header
		for _, state := range states {
			text += "   0: 0100007F:1538 00000000:0000 " + state + " 00000000:00000000\n"
		}
		hosttest.Write(t, root, "proc/1/net/"+name, text)
		hosttest.Write(t, root, "proc/net/"+name, header) // Those of the reader.
	}
	c, faults := readConnections(t, openRoot(t, root, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true}}))
	require.Empty(t, faults)
	want := snapshot.Connections{Fallback: true}
	want.TCP[snapshot.IPv4] = snapshot.SocketCounts{Known: true, ByState: [snapshot.NumSocketStates]uint64{snapshot.SocketListen: 1, snapshot.SocketEstablished: 2}}
	want.TCP[snapshot.IPv6] = snapshot.SocketCounts{Known: true, ByState: [snapshot.NumSocketStates]uint64{snapshot.SocketTimeWait: 1}}
	want.UDP[snapshot.IPv4] = snapshot.SocketCounts{Known: true, ByState: [snapshot.NumSocketStates]uint64{snapshot.SocketClose: 1}}
	want.UDP[snapshot.IPv6] = snapshot.SocketCounts{Known: true}
	assert.Equal(t, want, c)

	hosttest.Remove(t, root, "proc/1/net/tcp6")
	c, faults = readConnections(t, openRoot(t, root, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true}}))
	require.Len(t, faults, 1)
	assert.Equal(t, "proc/1/net/tcp6", faults[0].Source)
	assert.False(t, c.TCP[snapshot.IPv6].Known)
	assert.True(t, c.TCP[snapshot.IPv4].Known)

	// If the file of IPv6 exists but cannot be read, the sum is unknown.
	require.NoError(t, os.Mkdir(root+"/proc/1/net/tcp6", 0o755))
	c, faults = readConnections(t, openRoot(t, root, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true}}))
	require.Len(t, faults, 1)
	assert.Equal(t, "proc/1/net/tcp6", faults[0].Source)
	assert.Zero(t, c.TCP)
	assert.Equal(t, want.UDP, c.UDP)
}

// TestNoAllocs: the steady state of each source allocates nothing.
func TestNoAllocs(t *testing.T) {
	openSockets(t, 20)
	want := snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true, UnixStates: true, Listeners: true, Protocols: allProtocols}}
	for name, r := range map[string]*sourcetest.Reader{"sock_diag": openSockDiag(t, want), "/proc/net": openProcNet(t, want)} {
		t.Run(name, func(t *testing.T) {
			var s snapshot.Snapshot
			read := func() { r.Read(t, &s, 1) }
			read()
			read() // Only now a UDP socket is known to persist.
			hosttest.NoAllocs(t, read)
			assert.True(t, s.Connections.TCP[snapshot.IPv4].Known)
			assert.NotEmpty(t, s.Connections.Listeners)
			assert.Equal(t, name == "/proc/net", s.Connections.Fallback)
		})
	}
}

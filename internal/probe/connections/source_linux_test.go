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
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

var socketWant = snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true, UnixStates: true}}

func readConnections(t *testing.T, p *reader) (snapshot.Connections, []source.Fault) {
	t.Helper()
	var s snapshot.Snapshot
	faults := readDomain(p, &s, 1, snapshot.DomainConnections)
	return s.Connections, faults
}

// withoutNetlink makes a probe read /proc/net, as it does where there is no sock_diag.
func withoutNetlink(p *reader) *reader {
	sourceOf[*Source](p).sockets = nil
	sourceOf[*Source](p).owners = nil
	return p
}

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

// TestSocketsOfBothSources opens real sockets: sock_diag, /proc/net and gopsutil must see them all.
func TestSocketsOfBothSources(t *testing.T) {
	const n, others = 100, 60 // Sockets of ours, and how many of others may come and go meanwhile.
	forEach := open(t, Options{}, socketWant)
	sourceOf[*Source](forEach).sockets.forEach = true
	probes := map[string]*reader{
		"sock_diag": open(t, Options{}, socketWant),
		"each dump": forEach,
		"/proc/net": withoutNetlink(open(t, Options{}, socketWant)),
		"gopsutil":  open(t, Options{Backend: BackendPortable}, socketWant),
	}
	before := map[string]snapshot.Connections{}
	for name, p := range probes {
		before[name], _ = readConnections(t, p)
	}
	openSockets(t, n)
	for name, p := range probes {
		now, _ := readConnections(t, p)
		was := before[name]
		assert.Equal(t, name == "/proc/net", now.Fallback, name)
		for v := range snapshot.NumIPVersions {
			require.True(t, now.TCP[v].Known && now.UDP[v].Known, name)
			more := func(now, was *snapshot.SocketCounts, state snapshot.SocketState) int {
				return int(now.ByState[state]) - int(was.ByState[state])
			}
			assert.InDelta(t, n, more(&now.TCP[v], &was.TCP[v], snapshot.SocketListen), others, "%s, version %d", name, v)
			assert.InDelta(t, 2*n, more(&now.TCP[v], &was.TCP[v], snapshot.SocketEstablished), others, "%s, version %d", name, v)
			assert.InDelta(t, n, more(&now.UDP[v], &was.UDP[v], snapshot.SocketClose), others, "%s, version %d", name, v)
			assert.InDelta(t, n, more(&now.UDP[v], &was.UDP[v], snapshot.SocketEstablished), others, "%s, version %d", name, v)
		}
	}
}

// TestSocketsAreCounted says, for those who make faults around it, which way it took.
func TestSocketsAreCounted(t *testing.T) {
	c, faults := readConnections(t, open(t, Options{}, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true, Listeners: true}}))
	assert.True(t, c.TCP[snapshot.IPv4].Known && c.UDP[snapshot.IPv4].Known)
	assert.True(t, c.OtherUDP.Queue.Known)
	if c.Fallback {
		require.Len(t, faults, 2)
		assert.Equal(t, "sock_diag tcp", faults[0].Source)
		assert.Equal(t, "sock_diag udp", faults[1].Source)
	} else {
		assert.Empty(t, faults)
	}
	t.Logf("fallback %v", c.Fallback)
}

func TestUnixSockets(t *testing.T) {
	p := open(t, Options{}, snapshot.Want{Connections: snapshot.ConnectionsWant{UnixStates: true}})
	before, faults := readConnections(t, p)
	require.Empty(t, faults)
	// A name that looks like a line of /proc/net/unix, and like many.
	listener, err := net.Listen("unix", "@x\n0000000000000000: 00000002 00000000 00010000 0001 01 99999 /run/forged\n")
	require.NoError(t, err)
	defer listener.Close()
	now, faults := readConnections(t, p)
	require.Empty(t, faults)
	assert.InDelta(t, 1, int(now.Unix.ByState[snapshot.SocketListen])-int(before.Unix.ByState[snapshot.SocketListen]), 5)

	c, faults := readConnections(t, withoutNetlink(open(t, Options{}, snapshot.Want{Connections: snapshot.ConnectionsWant{UnixStates: true}})))
	assert.False(t, c.Unix.Known, "no other source can be believed")
	require.Len(t, faults, 1)
	assert.Equal(t, source.Unavailable, faults[0].Reason)
}

// TestSocketsBelowRoot reads the files of a root, and never the sockets of whoever reads them.
func TestSocketsBelowRoot(t *testing.T) {
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
	c, faults := readConnections(t, open(t, Options{Root: root}, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true}}))
	require.Empty(t, faults)
	want := snapshot.Connections{Fallback: true}
	want.TCP[snapshot.IPv4] = snapshot.SocketCounts{Known: true, ByState: [snapshot.NumSocketStates]uint64{snapshot.SocketListen: 1, snapshot.SocketEstablished: 2}}
	want.TCP[snapshot.IPv6] = snapshot.SocketCounts{Known: true, ByState: [snapshot.NumSocketStates]uint64{snapshot.SocketTimeWait: 1}}
	want.UDP[snapshot.IPv4] = snapshot.SocketCounts{Known: true, ByState: [snapshot.NumSocketStates]uint64{snapshot.SocketClose: 1}}
	want.UDP[snapshot.IPv6] = snapshot.SocketCounts{Known: true}
	assert.Equal(t, want, c)

	hosttest.Remove(t, root, "proc/1/net/tcp6")
	c, faults = readConnections(t, open(t, Options{Root: root}, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true}}))
	require.Len(t, faults, 1)
	assert.Equal(t, "proc/1/net/tcp6", faults[0].Source)
	assert.False(t, c.TCP[snapshot.IPv6].Known)
	assert.True(t, c.TCP[snapshot.IPv4].Known)

	// Where IPv6 is there and cannot be read, the sum is not known.
	require.NoError(t, os.Mkdir(root+"/proc/1/net/tcp6", 0o755))
	c, faults = readConnections(t, open(t, Options{Root: root}, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true}}))
	require.Len(t, faults, 1)
	assert.Equal(t, "proc/1/net/tcp6", faults[0].Source)
	assert.Zero(t, c.TCP)
	assert.Equal(t, want.UDP, c.UDP)
}

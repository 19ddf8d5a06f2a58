// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/probe/connections"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// errNotReported is the error of the portable backend for what gopsutil lacks.
var errNotReported = source.UnavailableError("not reported by gopsutil")

// readWith takes a snapshot of the connections with a backend of the probe.
func readWith(t *testing.T, p *probe.Probe, want *snapshot.Want) (snapshot.Connections, []source.Fault) {
	t.Helper()
	var s snapshot.Snapshot
	p.Begin(&s, 1, want)
	faults := p.Read(t.Context(), snapshot.DomainConnections)
	return s.Connections, faults
}

func openPortable(t *testing.T, root string) *probe.Probe {
	t.Helper()
	return openProbe(t, probe.Options{Root: root, Backend: probe.BackendPortable})
}

func openProbe(t *testing.T, o probe.Options) *probe.Probe {
	t.Helper()
	p, err := probe.Open(o)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

// TestSocketsOfBothSources opens real sockets: sock_diag, /proc/net and gopsutil must see them all.
func TestSocketsOfBothSources(t *testing.T) {
	const n, others = 100, 60 // Sockets of this test, and how many of other processes may appear or disappear meanwhile.
	want := connections.SocketWant
	sockDiag, perFamily := connections.OpenSockDiag(t, want), connections.OpenPerFamily(t, want)
	procNet, portable := connections.OpenProcNet(t, want), openPortable(t, "")
	readers := map[string]func() (snapshot.Connections, []source.Fault){
		"sock_diag":            func() (snapshot.Connections, []source.Fault) { return connections.ReadConnections(t, sockDiag) },
		"sock_diag per family": func() (snapshot.Connections, []source.Fault) { return connections.ReadConnections(t, perFamily) },
		"/proc/net":            func() (snapshot.Connections, []source.Fault) { return connections.ReadConnections(t, procNet) },
		"gopsutil":             func() (snapshot.Connections, []source.Fault) { return readWith(t, portable, &want) },
	}
	before := map[string]snapshot.Connections{}
	for name, read := range readers {
		before[name], _ = read()
	}
	connections.OpenSockets(t, n)
	for name, read := range readers {
		now, _ := read()
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

// TestProtocolsLive holds this kernel's counters to what must be true of them, and to those of gopsutil.
func TestProtocolsLive(t *testing.T) {
	p := connections.OpenSockDiag(t, snapshot.Want{Connections: snapshot.ConnectionsWant{Protocols: connections.AllProtocols, TCPStates: true}})
	before, faults := connections.ReadConnections(t, p)
	require.Empty(t, faults)
	connections.OpenSockets(t, 10)
	after, _ := connections.ReadConnections(t, p)
	b, a := &before.Protocols, &after.Protocols
	grown := func(from, to snapshot.Quantity) int { return int(to.N) - int(from.N) }
	assert.GreaterOrEqual(t, grown(b.ConnectionsActive, a.ConnectionsActive), 20, "over IPv4 and IPv6")
	assert.GreaterOrEqual(t, grown(b.ConnectionsPassive, a.ConnectionsPassive), 20)
	assert.GreaterOrEqual(t, grown(b.SegmentsSent, a.SegmentsSent), 60, "three for a handshake")
	for v := range snapshot.NumIPVersions {
		assert.InDelta(t, 30, grown(b.Sockets[snapshot.TransportTCP][v], a.Sockets[snapshot.TransportTCP][v]), 10)
		assert.InDelta(t, 20, grown(b.Sockets[snapshot.TransportUDP][v], a.Sockets[snapshot.TransportUDP][v]), 10)
	}
	assert.LessOrEqual(t, a.ListenOverflows.N, a.ListenDrops.N)

	portable, faults := readWith(t, openPortable(t, ""), &snapshot.Want{Connections: snapshot.ConnectionsWant{Protocols: connections.AllProtocols}})
	require.Len(t, faults, 1)
	assert.ErrorIs(t, faults[0].Err, errNotReported)
	assert.InDelta(t, a.SegmentsReceived.N, portable.Protocols.SegmentsReceived.N, 1e5)
	assert.InDelta(t, a.ConnectionsActive.N, portable.Protocols.ConnectionsActive.N, 1e3)
}

// TestProtocolsTwins: below one root both backends report the same of TCP.
func TestProtocolsTwins(t *testing.T) {
	root := t.TempDir()
	connections.ProtocolFiles(t, root, "proc/net/")
	want := snapshot.Want{Connections: snapshot.ConnectionsWant{Protocols: snapshot.ProtocolWant{TCP: true}}}
	native, faults := readWith(t, openProbe(t, probe.Options{Root: root}), &want)
	require.Empty(t, faults)
	portable, faults := readWith(t, openPortable(t, root), &want)
	require.Empty(t, faults)
	assert.Equal(t, native.Protocols, portable.Protocols)
	assert.Equal(t, snapshot.Known(16), portable.Protocols.ResetsSent)
}

// TestWantOfEachScrape: a snapshot contains only what it wants, and does not affect the next one.
func TestWantOfEachScrape(t *testing.T) {
	connections.SomeSockets(t)
	all := connections.AllLists
	all.Connections.TCPStates, all.Network.Interfaces, all.Network.Links = true, true, snapshot.LinkWant{MAC: true, Flags: true}
	all.System.SelfSwitches = true
	p := openProbe(t, probe.Options{})
	var s snapshot.Snapshot
	read := func(want snapshot.Want) {
		p.Begin(&s, 1, &want)
		for _, d := range []snapshot.Domain{snapshot.DomainConnections, snapshot.DomainNetwork, snapshot.DomainSystem} {
			p.Read(t.Context(), d)
		}
	}
	for range 3 {
		read(all)
		c := &s.Connections
		assert.NotEmpty(t, c.TCPSockets)
		owned := 0
		for i := range c.UnixSockets {
			if c.UnixSockets[i].Owner.PID == int32(os.Getpid()) {
				owned++
			}
		}
		assert.GreaterOrEqual(t, owned, 2)
		assert.True(t, s.Network.Interfaces[0].FlagsKnown)
		assert.True(t, s.Self.VoluntarySwitches.Known)
		assert.Equal(t, snapshot.Known(uint64(os.Getpid())), s.Self.PID)

		read(snapshot.Want{
			Connections: snapshot.ConnectionsWant{TCPStates: true},
			Network:     snapshot.NetworkWant{Interfaces: true},
		})
		assert.True(t, c.TCP[0].Known)
		assert.Equal(t, snapshot.SocketLists{}, c.Listed)
		assert.Empty(t, len(c.TCPSockets)+len(c.UDPSockets)+len(c.UnixSockets)+len(c.Listeners))
		assert.False(t, s.Network.Interfaces[0].FlagsKnown)
		assert.False(t, s.Self.VoluntarySwitches.Known)
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

var allProtocols = snapshot.ProtocolWant{Sockets: true, SocketMemory: true, TCP: true, TCPExtended: true, UDPErrors: true}

// protocolFiles writes the files of the counters into a net directory of a root. All numbers differ.
func protocolFiles(t testing.TB, root, dir string) {
	t.Helper()
	for name, text := range map[string]string{
		"snmp": "Tcp: RtoAlgorithm MaxConn ActiveOpens PassiveOpens InSegs OutSegs RetransSegs OutRsts\nTcp: 1 -1 11 12 13 14 15 16\n" +
			"Udp: InDatagrams NoPorts InErrors RcvbufErrors SndbufErrors InCsumErrors\nUdp: 99 21 100 22 23 24\n",
		"snmp6":     "Udp6NoPorts 100\nUdp6InErrors 1000\nUdp6RcvbufErrors 200\nUdp6SndbufErrors 300\nUdp6InCsumErrors 400\n",
		"netstat":   "TcpExt: ListenOverflows ListenDrops TCPTimeouts\nTcpExt: 31 32 33\n",
		"sockstat":  "sockets: used 9\nTCP: inuse 41 orphan 0 tw 1 alloc 3 mem 42\nUDP: inuse 43 mem 44\nUDPLITE: inuse 45\nRAW: inuse 46\n",
		"sockstat6": "TCP6: inuse 51\nUDP6: inuse 52\nUDPLITE6: inuse 53\nRAW6: inuse 54\n",
	} {
		hosttest.Write(t, root, dir+name, text)
	}
}

func TestProtocols(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	protocolFiles(t, root, "proc/1/net/")
	hosttest.Write(t, root, "proc/net/snmp", "Tcp: InSegs\nTcp: 666\n") // The reader's.
	p := openRoot(t, root, snapshot.Want{Connections: snapshot.ConnectionsWant{Protocols: allProtocols}})
	c, faults := readConnections(t, p)
	require.Empty(t, faults)
	known, page := snapshot.Known, uint64(os.Getpagesize())
	want := snapshot.Protocols{
		Sockets:           [snapshot.NumTransports][snapshot.NumIPVersions]snapshot.Quantity{{known(41), known(51)}, {known(43), known(52)}, {known(45), known(53)}, {known(46), known(54)}},
		SocketMemory:      [snapshot.NumTransports]snapshot.Quantity{known(42 * page), known(44 * page)},
		ConnectionsActive: known(11), ConnectionsPassive: known(12), SegmentsReceived: known(13), SegmentsSent: known(14),
		SegmentsRetransmitted: known(15), ResetsSent: known(16), ListenOverflows: known(31), ListenDrops: known(32), Timeouts: known(33),
		UDPErrors: [snapshot.NumUDPErrors]snapshot.Quantity{
			snapshot.UDPReceiveBuffer: known(222), snapshot.UDPSendBuffer: known(323), snapshot.UDPNoPort: known(121),
			snapshot.UDPChecksum: known(424), snapshot.UDPOther: known(100 - 46 + 1000 - 600),
		},
	}
	assert.Equal(t, want, c.Protocols)

	// Without IPv6 there are no errors to add.
	hosttest.Remove(t, root, "proc/1/net/snmp6")
	hosttest.Remove(t, root, "proc/1/net/sockstat6")
	c, faults = readConnections(t, p)
	require.Empty(t, faults)
	assert.Equal(t, known(22), c.Protocols.UDPErrors[snapshot.UDPReceiveBuffer])
	assert.Equal(t, [snapshot.NumIPVersions]snapshot.Quantity{known(41), {}}, c.Protocols.Sockets[snapshot.TransportTCP])

	// If the file of IPv6 exists but cannot be read, the sum is unknown.
	require.NoError(t, os.Mkdir(root+"/proc/1/net/snmp6", 0o755))
	c, faults = readConnections(t, p)
	require.Len(t, faults, 1)
	assert.Equal(t, "proc/1/net/snmp6", faults[0].Source)
	assert.Zero(t, c.Protocols.UDPErrors)
	assert.Equal(t, known(13), c.Protocols.SegmentsReceived)
	require.NoError(t, os.Remove(root+"/proc/1/net/snmp6"))
	require.NoError(t, os.Mkdir(root+"/proc/1/net/sockstat6", 0o755))
	c, faults = readConnections(t, p)
	require.Len(t, faults, 1)
	assert.Equal(t, "proc/1/net/sockstat6", faults[0].Source)
	assert.Zero(t, c.Protocols.Sockets)
	assert.Equal(t, want.SocketMemory, c.Protocols.SocketMemory)
	require.NoError(t, os.Remove(root+"/proc/1/net/sockstat6"))
	hosttest.Write(t, root, "proc/1/net/sockstat6", "TCP6: inuse x\nUDP6: inuse 52\nUDPLITE6: inuse 53\nRAW6: inuse 54\n")
	c, faults = readConnections(t, p)
	require.Len(t, faults, 1)
	assert.Zero(t, c.Protocols.Sockets[snapshot.TransportTCP])
	assert.Equal(t, want.Sockets[snapshot.TransportUDP], c.Protocols.Sockets[snapshot.TransportUDP])

	protocolFiles(t, root, "proc/1/net/")
	c, faults = readConnections(t, p)
	require.Empty(t, faults)
	assert.Equal(t, want, c.Protocols, "and it has recovered")
}

// TestProtocolsOfFiles removes the files one by one: each drops its own counters only.
func TestProtocolsOfFiles(t *testing.T) {
	t.Parallel()
	for name, missing := range map[string]func(*snapshot.Protocols) snapshot.Quantity{
		"snmp":     func(p *snapshot.Protocols) snapshot.Quantity { return p.SegmentsSent },
		"netstat":  func(p *snapshot.Protocols) snapshot.Quantity { return p.Timeouts },
		"sockstat": func(p *snapshot.Protocols) snapshot.Quantity { return p.SocketMemory[snapshot.TransportTCP] },
	} {
		root := t.TempDir()
		protocolFiles(t, root, "proc/net/")
		p := openRoot(t, root, snapshot.Want{Connections: snapshot.ConnectionsWant{Protocols: allProtocols}})
		whole, faults := readConnections(t, p)
		require.Empty(t, faults)
		require.True(t, missing(&whole.Protocols).Known, name)

		hosttest.Remove(t, root, "proc/net/"+name)
		part, faults := readConnections(t, p)
		assert.Equal(t, []source.Fault{{Domain: snapshot.DomainConnections, Source: "proc/net/" + name, Reason: source.Unavailable, Err: syscall.ENOENT}}, faults)
		assert.False(t, missing(&part.Protocols).Known, name)
		assert.NotZero(t, part.Protocols)

		hosttest.Write(t, root, "proc/net/"+name, "Tcp: OutSegs\nTcp:\nTcpExt: TCPTimeouts\nTcpExt:\nTCP: inuse\n")
		part, faults = readConnections(t, p)
		require.Len(t, faults, 1)
		assert.Equal(t, source.Malformed, faults[0].Reason)
		assert.False(t, missing(&part.Protocols).Known, name)
	}
}

// TestOtherErrors: a cumulative difference must not decrease because its counters were read at different moments.
func TestOtherErrors(t *testing.T) {
	t.Parallel()
	known := func(n uint64) procfs.Number { return procfs.Number{N: n, Known: true} }
	var o otherErrors
	for i, tt := range []struct{ all, buffer, checksum, want uint64 }{
		{10, 3, 2, 5},
		{10, 4, 2, 5}, // The buffer's counter was read later than the sum.
		{12, 5, 2, 5},
		{14, 5, 2, 7},
		{1, 5, 0, 0}, // Reset: never below 0.
		{7, 5, 0, 2},
	} {
		errs := o.errorsOf(&procfs.UDPErrors{InErrors: known(tt.all), RcvbufErrors: known(tt.buffer), InCsumErrors: known(tt.checksum)})
		assert.Equal(t, snapshot.Known(tt.want), errs[snapshot.UDPOther], i)
		assert.False(t, errs[snapshot.UDPNoPort].Known)
	}
	errs := o.errorsOf(&procfs.UDPErrors{RcvbufErrors: known(1)})
	assert.False(t, errs[snapshot.UDPOther].Known)
}

// TestProtocolsNotWanted: files that no metric requires are not read, so that their absence is no fault.
func TestProtocolsNotWanted(t *testing.T) {
	c, faults := readConnections(t, openRoot(t, t.TempDir(), snapshot.Want{}))
	assert.Empty(t, faults)
	assert.Zero(t, c.Protocols)
}

func TestProtocolsNoAllocs(t *testing.T) {
	p := openSockDiag(t, snapshot.Want{Connections: snapshot.ConnectionsWant{Protocols: allProtocols}})
	var s snapshot.Snapshot
	hosttest.NoAllocs(t, func() { p.Read(t, &s, 1) })
	assert.True(t, s.Connections.Protocols.Timeouts.Known)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

var processWant = snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true, UnixStates: true, Listeners: true, Owners: snapshot.OwnerWant{Process: true}}}

// ownerOn returns the owner of the TCP listener on a port.
func ownerOn(t *testing.T, c *snapshot.Connections, port int) snapshot.Owner {
	t.Helper()
	for i := range c.Listeners {
		if l := &c.Listeners[i]; int(l.Local.Port) == port && !l.UDP {
			return l.Owner
		}
	}
	require.Fail(t, "no such listener")
	return snapshot.Owner{}
}

// TestFDScanResumes: a scan that exceeds its budget in each scrape is complete after some.
func TestFDScanResumes(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	p, s := open(t, source.Options{}, processWant)
	s.owners.fds.budget = 0
	scrapes := 0
	for range 10_000 {
		scrapes++
		if c, _ := readConnections(t, p); ownerOn(t, &c, listener.Addr().(*net.TCPAddr).Port).PID != 0 {
			break
		}
	}
	assert.Greater(t, scrapes, 1)
	assert.Less(t, scrapes, 10_000)
}

func TestOwnersAllocateNothing(t *testing.T) {
	openSockets(t, 20)
	p := openSockDiag(t, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true, UnixStates: true, Listeners: true, Owners: snapshot.OwnerWant{Unit: true, Container: true, Process: true}}})
	var s snapshot.Snapshot
	read := func() { p.Read(t, &s, 1) }
	read() // The first scan.
	read()
	hosttest.NoAllocs(t, read)
}

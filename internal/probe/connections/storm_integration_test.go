// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package connections

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/hosttest/pairs"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestHundredThousandSockets: their counts and owners are exact, no scrape needs more memory than the one before, and the memory
// is released after they are closed.
func TestHundredThousandSockets(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	const n = 50_000
	want := processWant
	want.Connections.Owners = snapshot.OwnerWant{Unit: true, Container: true, Process: true}
	p, sockets := open(t, source.Options{}, want)
	fds := sockets.owners.fds
	fds.budget = time.Minute
	counting := openSockDiag(t, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, Listeners: true}})
	established := func(p *sourcetest.Reader) uint64 {
		c, faults := readConnections(t, p)
		require.Empty(t, faults)
		return c.TCP[snapshot.IPv4].ByState[snapshot.SocketEstablished]
	}
	established(p)
	established(counting)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()

	held, err := pairs.Open(n)
	require.NoError(t, err)
	assert.Equal(t, uint64(2*n), established(counting))
	counted := heap()
	assert.Less(t, counted, before+64<<10, "counting makes no list")

	var s snapshot.Snapshot
	read := func() { p.Read(t, &s, 1) }
	read()
	c := &s.Connections
	owned, all := sums(c)
	assert.Equal(t, all, owned)
	assert.Equal(t, c.Holdable, c.Attributed, "all of them have an owner")
	assert.Len(t, fds.processes, len(held.Holders()))
	var again snapshot.Snapshot
	hosttest.NoAllocs(t, func() {
		counting.Read(t, &again, 1)
	})
	warm := heap()
	for range 10 {
		read()
	}
	assert.Less(t, heap(), warm+64<<10, "nothing grows")

	require.NoError(t, held.Close())
	read()
	read()
	assert.Less(t, c.TCP[snapshot.IPv4].ByState[snapshot.SocketEstablished], uint64(100))
	s = snapshot.Snapshot{}
	assert.Less(t, heap(), before+before/10+64<<10, "their memory is released")
}

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
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestHundredThousandSockets: what is read of them is exact and has an owner, costs no memory scrape by scrape, and has
// cost none when they are gone.
func TestHundredThousandSockets(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	const n = 50_000
	want := processWant
	want.Connections.Owners = snapshot.OwnerWant{Unit: true, Container: true, Process: true}
	p := open(t, Options{}, want)
	holders := sourceOf[*Source](p).owners.holders
	holders.budget = time.Minute
	counting := open(t, Options{}, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, Listeners: true}})
	established := func(p *reader) uint64 {
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
	assert.Less(t, counted, before+64<<10, "counting them makes no list")

	var s snapshot.Snapshot
	read := func() { readDomain(p, &s, 1, snapshot.DomainConnections) }
	read()
	c := &s.Connections
	owned, all := sums(c)
	assert.Equal(t, all, owned)
	assert.Equal(t, c.Holdable, c.Attributed, "all of them are somebody's")
	assert.Len(t, holders.processes, len(held.Holders()))
	var again snapshot.Snapshot
	hosttest.NoAllocs(t, func() {
		counting.Begin(&again, 1)
		counting.Read(t.Context(), snapshot.DomainConnections)
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
	assert.Less(t, heap(), before+before/10+64<<10, "what they have cost is given back")
}

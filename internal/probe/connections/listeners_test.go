// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// unknownOwner is the ownerFunc of a scrape that needs no owners.
func unknownOwner(socketOrigin) (owner snapshot.Owner, surplus bool) { return snapshot.Owner{}, false }

// dropsByPort returns what the listeners of a scrape have dropped since the scrape before.
func dropsByPort(c *snapshot.Connections) map[uint16]uint64 {
	drops := map[uint16]uint64{}
	for i := range c.Listeners {
		drops[c.Listeners[i].Local.Port] += c.Listeners[i].Dropped.N
	}
	return drops
}

func socketOn(port uint16, cookie uint64, drops uint32) listenerInfo {
	return listenerInfo{identity: cookie, local: snapshot.Address{Port: port}, drops: drops, dropsKnown: true}
}

func TestDropsOfTCPListeners(t *testing.T) {
	t.Parallel()
	var h listenerHistory
	scrape := func(sockets ...listenerInfo) map[uint16]uint64 {
		var c snapshot.Connections
		h.addTCP(&c, sockDiagListeners, sockets, unknownOwner)
		assert.Len(t, c.Listeners, len(sockets))
		return dropsByPort(&c)
	}
	assert.Equal(t, map[uint16]uint64{80: 8}, scrape(socketOn(80, 1, 5), socketOn(80, 2, 3)), "since the sockets were created")
	assert.Equal(t, map[uint16]uint64{80: 2}, scrape(socketOn(80, 1, 7), socketOn(80, 2, 3)))
	assert.Equal(t, map[uint16]uint64{80: 0}, scrape(socketOn(80, 1, 7)), "one of two was closed")
	assert.Equal(t, map[uint16]uint64{80: 4}, scrape(socketOn(80, 1, 7), socketOn(80, 3, 4)), "another socket on the port")
	assert.Equal(t, map[uint16]uint64{80: 0, 81: 1<<32 - 2}, scrape(socketOn(80, 3, 4), socketOn(81, 9, 1<<32-2)))
	assert.Equal(t, map[uint16]uint64{81: 7}, scrape(socketOn(81, 9, 5)), "32 bits have wrapped")
}

func TestUDPListeners(t *testing.T) {
	t.Parallel()
	var h listenerHistory
	connected := socketOn(5000, 50, 1)
	connected.peer = true
	scrape := func(sockets ...listenerInfo) (map[uint16]uint64, uint64) {
		var c snapshot.Connections
		h.addUDP(&c, sockDiagListeners, sockets, unknownOwner)
		assert.True(t, c.OtherUDP.Queue.Known)
		return dropsByPort(&c), c.OtherUDP.Dropped.N
	}
	listeners, others := scrape(socketOn(53, 1, 10), socketOn(40001, 2, 3), connected)
	assert.Empty(t, listeners, "whether a socket persists is unknown at the first scrape")
	assert.Equal(t, uint64(1), others)

	connected.drops = 6
	listeners, others = scrape(socketOn(53, 1, 12), socketOn(40002, 3, 4), connected)
	assert.Equal(t, map[uint16]uint64{53: 12}, listeners, "all of its drops are its own")
	assert.Equal(t, uint64(3+5), others, "the drops of a closed socket are among the others")

	listeners, others = scrape(socketOn(53, 1, 12))
	assert.Equal(t, map[uint16]uint64{53: 0}, listeners)
	assert.Equal(t, uint64(4), others)

	gotPeer := socketOn(53, 1, 13)
	gotPeer.peer = true
	listeners, others = scrape(gotPeer)
	assert.Empty(t, listeners)
	assert.Equal(t, uint64(1), others)
	_, others = scrape()
	assert.Zero(t, others)
}

// TestListenersOfAnotherSource: drops that sock_diag has reported are not reported again by /proc/net.
func TestListenersOfAnotherSource(t *testing.T) {
	t.Parallel()
	var h listenerHistory
	scrape := func(source listenerSource, drops uint32) (tcp, udp, other uint64) {
		var c snapshot.Connections
		h.addTCP(&c, source, []listenerInfo{socketOn(80, uint64(source), drops)}, unknownOwner)
		h.addUDP(&c, source, []listenerInfo{socketOn(53, uint64(source), drops)}, unknownOwner)
		byPort := dropsByPort(&c)
		return byPort[80], byPort[53], c.OtherUDP.Dropped.N
	}
	for i, tt := range []struct {
		source          listenerSource
		drops           uint32
		tcp, udp, other uint64
	}{
		{sockDiagListeners, 5, 5, 0, 0},
		{sockDiagListeners, 6, 1, 6, 0},
		{procNetListeners, 9, 0, 0, 0},
		{procNetListeners, 11, 2, 2, 0},
		{sockDiagListeners, 11, 0, 0, 0},
		{sockDiagListeners, 12, 1, 1, 0},
	} {
		tcp, udp, other := scrape(tt.source, tt.drops)
		assert.Equal(t, [3]uint64{tt.tcp, tt.udp, tt.other}, [3]uint64{tcp, udp, other}, "scrape %d", i)
	}
}

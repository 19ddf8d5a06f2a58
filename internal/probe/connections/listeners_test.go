// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// dropsByPort is what each listener of a look has dropped since the look before.
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
	var h listenerHistory
	look := func(sockets ...listenerInfo) map[uint16]uint64 {
		var c snapshot.Connections
		h.addTCP(&c, sockDiagListeners, sockets, noOwner)
		assert.Len(t, c.Listeners, len(sockets))
		return dropsByPort(&c)
	}
	assert.Equal(t, map[uint16]uint64{80: 8}, look(socketOn(80, 1, 5), socketOn(80, 2, 3)), "since the sockets began")
	assert.Equal(t, map[uint16]uint64{80: 2}, look(socketOn(80, 1, 7), socketOn(80, 2, 3)))
	assert.Equal(t, map[uint16]uint64{80: 0}, look(socketOn(80, 1, 7)), "one of two has closed")
	assert.Equal(t, map[uint16]uint64{80: 4}, look(socketOn(80, 1, 7), socketOn(80, 3, 4)), "another socket on the port")
	assert.Equal(t, map[uint16]uint64{80: 0, 81: 1<<32 - 2}, look(socketOn(80, 3, 4), socketOn(81, 9, 1<<32-2)))
	assert.Equal(t, map[uint16]uint64{81: 7}, look(socketOn(81, 9, 5)), "32 bits have wrapped")
}

func TestUDPListeners(t *testing.T) {
	var h listenerHistory
	connected := socketOn(5000, 50, 1)
	connected.peer = true
	look := func(sockets ...listenerInfo) (map[uint16]uint64, uint64) {
		var c snapshot.Connections
		h.addUDP(&c, sockDiagListeners, sockets, noOwner)
		assert.True(t, c.OtherUDP.Queue.Known)
		return dropsByPort(&c), c.OtherUDP.Dropped.N
	}
	listeners, others := look(socketOn(53, 1, 10), socketOn(40001, 2, 3), connected)
	assert.Empty(t, listeners, "whether a socket stays is not known at the first look")
	assert.Equal(t, uint64(1), others)

	connected.drops = 6
	listeners, others = look(socketOn(53, 1, 12), socketOn(40002, 3, 4), connected)
	assert.Equal(t, map[uint16]uint64{53: 12}, listeners, "all that it dropped is its own")
	assert.Equal(t, uint64(3+5), others, "what the one that has gone dropped is lost on nobody")

	listeners, others = look(socketOn(53, 1, 12))
	assert.Equal(t, map[uint16]uint64{53: 0}, listeners)
	assert.Equal(t, uint64(4), others)

	gotPeer := socketOn(53, 1, 13)
	gotPeer.peer = true
	listeners, others = look(gotPeer)
	assert.Empty(t, listeners)
	assert.Equal(t, uint64(1), others)
	_, others = look()
	assert.Zero(t, others)
}

// TestListenersOfAnotherSource: what sock_diag has shown of a socket is not reported again when it is looked at in /proc.
func TestListenersOfAnotherSource(t *testing.T) {
	var h listenerHistory
	look := func(source listenerSource, drops uint32) (tcp, udp, other uint64) {
		var c snapshot.Connections
		h.addTCP(&c, source, []listenerInfo{socketOn(80, uint64(source), drops)}, noOwner)
		h.addUDP(&c, source, []listenerInfo{socketOn(53, uint64(source), drops)}, noOwner)
		byPort := dropsByPort(&c)
		return byPort[80], byPort[53], c.OtherUDP.Dropped.N
	}
	for i, tt := range []struct {
		Source          listenerSource
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
		tcp, udp, other := look(tt.Source, tt.drops)
		assert.Equal(t, [3]uint64{tt.tcp, tt.udp, tt.other}, [3]uint64{tcp, udp, other}, "look %d", i)
	}
}

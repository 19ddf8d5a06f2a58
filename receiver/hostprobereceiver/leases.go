// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"github.com/superviz-io/hostprobe/internal/pool"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// leases are the lists that a scrape borrows. They end before the scrape does: what is made of them shares no memory with
// them.
type leases struct {
	pools     *pool.Pools
	tcp       *pool.Lease[snapshot.TCPSocket]
	listeners *pool.Lease[snapshot.Listener]
}

// lend gives the snapshot, which was begun, memory for its lists.
func (l *leases) lend(c *snapshot.Connections) {
	l.tcp, l.listeners = l.pools.TCP.Get(), l.pools.Listeners.Get()
	c.TCPSockets, c.Listeners = l.tcp.Items, l.listeners.Items
}

// giveBack takes it away again, grown if it had to be.
func (l *leases) giveBack(c *snapshot.Connections) {
	l.tcp.Items, l.listeners.Items = c.TCPSockets, c.Listeners
	c.TCPSockets, c.Listeners = nil, nil
	l.tcp.Release()
	l.listeners.Release()
}

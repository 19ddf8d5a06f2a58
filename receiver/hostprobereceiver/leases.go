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
	udp       *pool.Lease[snapshot.UDPSocket]
	unix      *pool.Lease[snapshot.UnixSocket]
	listeners *pool.Lease[snapshot.Listener]
}

// lend gives the snapshot, which was begun, memory for the lists that it is to have.
func (l *leases) lend(c *snapshot.Connections, want *snapshot.Want) {
	l.tcp, c.TCPSockets = borrow(l.pools.TCP, want.Connections.TCPSockets)
	l.udp, c.UDPSockets = borrow(l.pools.UDP, want.Connections.UDPSockets)
	l.unix, c.UnixSockets = borrow(l.pools.Unix, want.Connections.UnixSockets)
	l.listeners, c.Listeners = borrow(l.pools.Listeners, want.Connections.Listeners)
}

func borrow[T any](from *pool.Pool[T], wanted bool) (*pool.Lease[T], []T) {
	if !wanted {
		return nil, nil
	}
	lease := from.Get()
	return lease, lease.Items
}

// giveBack takes it away again, grown if it had to be.
func (l *leases) giveBack(c *snapshot.Connections) {
	release(l.tcp, &c.TCPSockets)
	release(l.udp, &c.UDPSockets)
	release(l.unix, &c.UnixSockets)
	release(l.listeners, &c.Listeners)
}

func release[T any](lease *pool.Lease[T], list *[]T) {
	if lease != nil {
		lease.Items = *list
		lease.Release()
	}
	*list = nil
}

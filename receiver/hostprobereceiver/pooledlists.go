// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"github.com/superviz-io/hostprobe/internal/pool"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// pooledLists are the socket lists of one scrape, from pools that receivers share. They are released before the scrape ends:
// neither the batch nor the document shares memory with them.
type pooledLists struct {
	pools     *pool.Pools
	tcp       *pool.Lease[snapshot.TCPSocket]
	udp       *pool.Lease[snapshot.UDPSocket]
	unix      *pool.Lease[snapshot.UnixSocket]
	listeners *pool.Lease[snapshot.Listener]
}

// acquire gives the snapshot memory for the lists that it is to fill.
func (l *pooledLists) acquire(c *snapshot.Connections, want *snapshot.Want) {
	l.tcp, c.TCPSockets = acquireList(l.pools.TCP, want.Connections.TCPSockets)
	l.udp, c.UDPSockets = acquireList(l.pools.UDP, want.Connections.UDPSockets)
	l.unix, c.UnixSockets = acquireList(l.pools.Unix, want.Connections.UnixSockets)
	l.listeners, c.Listeners = acquireList(l.pools.Listeners, want.Connections.Listeners)
}

func acquireList[T any](from *pool.Pool[T], wanted bool) (*pool.Lease[T], []T) {
	if !wanted {
		return nil, nil
	}
	lease := from.Get()
	return lease, lease.Items
}

// release returns the lists to their pools, grown if they had to grow. Without lists it does nothing.
func (l *pooledLists) release(c *snapshot.Connections) {
	releaseList(&l.tcp, &c.TCPSockets)
	releaseList(&l.udp, &c.UDPSockets)
	releaseList(&l.unix, &c.UnixSockets)
	releaseList(&l.listeners, &c.Listeners)
}

func releaseList[T any](lease **pool.Lease[T], list *[]T) {
	if *lease != nil {
		(*lease).Items = *list
		(*lease).Release()
	}
	*lease, *list = nil, nil
}

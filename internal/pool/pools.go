// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pool

import (
	"sync"
	"sync/atomic"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Sizes says how large the slices of each pool are.
type Sizes struct {
	TCP, UDP, Unix, Listeners Size
	JSON                      Size // In bytes.
}

// Pools is one pool of each kind.
type Pools struct {
	TCP       *Pool[snapshot.TCPSocket]
	UDP       *Pool[snapshot.UDPSocket]
	Unix      *Pool[snapshot.UnixSocket]
	Listeners *Pool[snapshot.Listener]
	JSON      *Pool[byte]

	discards [5]discards
}

// discards is the counter of one pool.
type discards struct {
	pool  string
	count *atomic.Int64
}

// shared has the pools of this process. A collector has few configurations, and an empty pool costs next to nothing, so
// they are never dropped.
var shared struct {
	sync.Mutex
	pools map[Sizes]*Pools
}

// Shared returns the pools of these sizes, the same for all callers with the same sizes.
func Shared(sizes Sizes) *Pools {
	shared.Lock()
	defer shared.Unlock()
	if p := shared.pools[sizes]; p != nil {
		return p
	}
	if shared.pools == nil {
		shared.pools = map[Sizes]*Pools{}
	}
	p := &Pools{
		TCP:       New[snapshot.TCPSocket](sizes.TCP),
		UDP:       New[snapshot.UDPSocket](sizes.UDP),
		Unix:      New[snapshot.UnixSocket](sizes.Unix),
		Listeners: New[snapshot.Listener](sizes.Listeners),
		JSON:      New[byte](sizes.JSON),
	}
	p.discards = [...]discards{
		{"tcp", &p.TCP.discards},
		{"udp", &p.UDP.discards},
		{"unix", &p.Unix.discards},
		{"listeners", &p.Listeners.discards},
		{"json", &p.JSON.discards},
	}
	shared.pools[sizes] = p
	return p
}

// TakeDiscards calls f with the name of each pool that did not keep slices since it was called last, by whichever of
// those that share the pools, and how many.
func (p *Pools) TakeDiscards(f func(pool string, n int64)) {
	for _, d := range p.discards {
		if n := d.count.Swap(0); n > 0 {
			f(d.pool, n)
		}
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pool

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

func TestPure(t *testing.T) { hosttest.Pure(t, "snapshot") }

var sizes = Sizes{TCP: Size{256, 1024}, UDP: Size{64, 1024}, Unix: Size{64, 1024}, Listeners: Size{64, 1024}, JSON: Size{16 << 10, 1 << 20}}

// TestEachPool holds every pool to the same promises.
func TestEachPool(t *testing.T) {
	p := Shared(sizes)
	t.Run("tcp", func(t *testing.T) { promises(t, p.TCP, snapshot.TCPSocket{State: 1}) })
	t.Run("udp", func(t *testing.T) { promises(t, p.UDP, snapshot.UDPSocket{ReceiveQueue: 1}) })
	t.Run("unix", func(t *testing.T) { promises(t, p.Unix, snapshot.UnixSocket{Path: "/run/x"}) })
	t.Run("listeners", func(t *testing.T) { promises(t, p.Listeners, snapshot.Listener{UDP: true}) })
	t.Run("json", func(t *testing.T) { promises(t, p.JSON, byte(1)) })
}

func promises[T comparable](t *testing.T, p *Pool[T], used T) {
	var zero T
	assert.Zero(t, p.discards.Load())
	for range 3 {
		l := p.Get()
		assert.Empty(t, l.Items)
		assert.GreaterOrEqual(t, cap(l.Items), p.size.Capacity)
		for _, item := range l.Items[:cap(l.Items)] {
			assert.Equal(t, zero, item, "nothing is left of the holder before")
		}
		for range p.size.Capacity {
			l.Items = append(l.Items, used)
		}
		memory := l.Items
		l.Items = l.Items[:1] // Even what the holder has dropped by reslicing is reset.
		l.Release()
		for _, item := range memory {
			assert.Equal(t, zero, item)
		}
	}
	assert.Zero(t, p.discards.Load())

	grown := p.Get()
	for range p.size.Limit + 1 {
		grown.Items = append(grown.Items, used)
	}
	memory := grown.Items
	grown.Release()
	assert.Equal(t, used, memory[0], "what has grown past the limit is left to the garbage collector")
	assert.Equal(t, int64(1), p.discards.Swap(0))
	for range 10 {
		l := p.Get()
		assert.LessOrEqual(t, cap(l.Items), p.size.Limit)
		defer l.Release()
	}
}

func TestDiscardsByName(t *testing.T) {
	p := Shared(Sizes{TCP: Size{1, 1}, JSON: Size{1, 1}})
	for _, grow := range []func(){
		func() { l := p.TCP.Get(); l.Items = make([]snapshot.TCPSocket, 2); l.Release() },
		func() { l := p.JSON.Get(); l.Items = append(l.Items, "{}{}{}{}{}"...); l.Release() },
	} {
		grow()
		grow()
	}
	told := map[string]int64{}
	p.TakeDiscards(func(pool string, n int64) { told[pool] = n })
	assert.Equal(t, map[string]int64{"tcp": 2, "json": 2}, told)
	p.TakeDiscards(func(string, int64) { assert.Fail(t, "each is reported once") })
}

func TestShared(t *testing.T) {
	first, again := Shared(sizes), Shared(sizes)
	assert.Same(t, first, again)
	other := sizes
	other.UDP.Limit++
	assert.NotSame(t, first, Shared(other))
}

// TestConcurrency: ten holders of a hundred leases each never hold the same memory.
func TestConcurrency(t *testing.T) {
	p := New[snapshot.Listener](Size{8, 64})
	var wg sync.WaitGroup
	for holder := range 10 {
		wg.Go(func() {
			for range 100 {
				l := p.Get()
				assert.Empty(t, l.Items)
				for i := range 32 {
					l.Items = append(l.Items, snapshot.Listener{Queue: snapshot.Known(uint64(holder)), Limit: snapshot.Known(uint64(i))})
				}
				for i := range l.Items {
					assert.Equal(t, snapshot.Listener{Queue: snapshot.Known(uint64(holder)), Limit: snapshot.Known(uint64(i))}, l.Items[i])
				}
				l.Release()
			}
		})
	}
	wg.Wait()
}

func TestLeaseAllocatesNothing(t *testing.T) {
	p := New[snapshot.TCPSocket](Size{256, 1024})
	hosttest.NoAllocs(t, func() {
		l := p.Get()
		for range 256 {
			l.Items = append(l.Items, snapshot.TCPSocket{})
		}
		l.Release()
	})
}

// BenchmarkBurst sets a pool of each capacity beside a slice made for each burst of so many sockets. The garbage collector
// has been twice between two bursts, as it may have been between two scrapes: what a pool keeps it may have taken.
func BenchmarkBurst(b *testing.B) {
	for _, sockets := range []int{64, 256, 1024, 4096} {
		fill := func(items []snapshot.TCPSocket) []snapshot.TCPSocket {
			for range sockets {
				items = append(items, snapshot.TCPSocket{})
			}
			return items
		}
		for _, capacity := range []int{64, 256, 1024, 4096} {
			p := New[snapshot.TCPSocket](Size{capacity, 4096})
			b.Run(fmt.Sprintf("sockets=%d/capacity=%d", sockets, capacity), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					l := p.Get()
					l.Items = fill(l.Items)
					l.Release()
				}
			})
			b.Run(fmt.Sprintf("sockets=%d/capacity=%d/collected", sockets, capacity), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					runtime.GC()
					runtime.GC()
					l := p.Get()
					l.Items = fill(l.Items)
					l.Release()
				}
			})
		}
		b.Run(fmt.Sprintf("sockets=%d/made anew", sockets), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fill(nil)
			}
		})
	}
}

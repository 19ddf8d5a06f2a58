// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package pool lends out slices that are large, needed in bursts and not by everyone at the same time: lists of sockets
// and the buffers that documents are encoded into. Receivers of one process share them.
//
// What a single owner needs at every scrape is no case for a pool: the owner keeps it.
//
// Nothing pooled escapes. What is made of a lease (data points, strings) is made before Release and shares no memory
// with it.
package pool

import (
	"sync"
	"sync/atomic"
)

// Size says how large the slices of a pool are, in elements.
type Size struct {
	// Capacity is what a slice starts with.
	Capacity int
	// Limit is the capacity above which a slice that has grown is not kept: one burst would be paid for ever.
	Limit int
}

// Pool lends out slices of T. It is safe for concurrent use. The garbage collector takes what is not lent out.
type Pool[T any] struct {
	size     Size
	free     sync.Pool
	discards atomic.Int64
}

// New returns an empty pool.
func New[T any](size Size) *Pool[T] {
	p := &Pool[T]{size: size}
	p.free.New = func() any {
		return &Lease[T]{Items: make([]T, 0, size.Capacity), pool: p}
	}
	return p
}

// Lease is a slice that is lent out. It has one holder, which appends to Items and releases it.
type Lease[T any] struct {
	Items []T
	pool  *Pool[T]
}

// Get lends a slice of length 0 and at least the pool's capacity.
func (p *Pool[T]) Get() *Lease[T] {
	return p.free.Get().(*Lease[T])
}

// Release gives the slice back. Neither the lease nor Items may be used after it.
func (l *Lease[T]) Release() {
	if cap(l.Items) > l.pool.size.Limit {
		l.pool.discards.Add(1)
		return
	}
	// What elements point to must not live on, nor be seen by the next holder.
	clear(l.Items[:cap(l.Items)])
	l.Items = l.Items[:0]
	l.pool.free.Put(l)
}

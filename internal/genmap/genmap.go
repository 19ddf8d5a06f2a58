// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package genmap is a map whose entries live from one generation to the next: an entry that a generation does not touch
// is evicted at its end. It keeps state per kernel object (process, socket, cgroup) by the kernel's own identity, so that
// state of an object that is gone goes with it.
package genmap

import "iter"

// Map is a map with generations. The zero value is empty and ready to use. While every generation touches the same keys,
// none allocates. It is not safe for concurrent use.
type Map[K comparable, V any] struct {
	index      map[K]int32
	slots      []slot[K, V]
	generation uint64
	peak       int // The largest number of slots since index was made.
}

type slot[K comparable, V any] struct {
	key        K
	value      V
	generation uint64 // The last one that touched it.
}

// Begin starts a generation.
func (m *Map[K, V]) Begin() { m.generation++ }

// Get touches key and returns its value, the zero value if it is new. The pointer is valid until the next Get, Slot or End.
func (m *Map[K, V]) Get(key K) (value *V, isNew bool) {
	i, isNew := m.Slot(key)
	return &m.slots[i].value, isNew
}

// Slot is Get for callers that come back to the value: At(i) is valid until End.
func (m *Map[K, V]) Slot(key K) (i int32, isNew bool) {
	i, found := m.index[key]
	if !found {
		if m.index == nil {
			m.index = map[K]int32{}
		}
		i = int32(len(m.slots))
		m.index[key] = i
		m.slots = append(m.slots, slot[K, V]{key: key})
		m.peak = max(m.peak, len(m.slots))
	}
	m.slots[i].generation = m.generation
	return i, !found
}

// At returns the value in a slot.
func (m *Map[K, V]) At(i int32) *V { return &m.slots[i].value }

// Find returns the value of key without touching it, nil if there is none.
func (m *Map[K, V]) Find(key K) *V {
	if i, found := m.index[key]; found {
		return &m.slots[i].value
	}
	return nil
}

// Len returns the number of entries, touched or not.
func (m *Map[K, V]) Len() int { return len(m.slots) }

// All yields every entry, touched or not. The map must not change meanwhile.
func (m *Map[K, V]) All() iter.Seq2[K, *V] {
	return func(yield func(K, *V) bool) {
		for i := range m.slots {
			if !yield(m.slots[i].key, &m.slots[i].value) {
				return
			}
		}
	}
}

// End evicts the entries that this generation has not touched. evicted, if it is not nil, is called with each first.
func (m *Map[K, V]) End(evicted func(*V)) {
	for i := len(m.slots) - 1; i >= 0; i-- {
		s := &m.slots[i]
		if s.generation == m.generation {
			continue
		}
		if evicted != nil {
			evicted(&s.value)
		}
		delete(m.index, s.key)
		last := len(m.slots) - 1
		if i != last {
			*s = m.slots[last]
			m.index[s.key] = int32(i)
		}
		m.slots[last] = slot[K, V]{}
		m.slots = m.slots[:last]
	}
	m.shrink()
}

// Reset drops all entries.
func (m *Map[K, V]) Reset() { *m = Map[K, V]{generation: m.generation} }

// ShrinkThreshold is the number of entries up to which a map keeps its memory, however few are left.
const ShrinkThreshold = 1024

// shrink gives memory back when most of the entries are gone: a Go map never shrinks by itself.
func (m *Map[K, V]) shrink() {
	if m.peak <= ShrinkThreshold || len(m.slots) > m.peak/4 {
		return
	}
	m.slots = append(make([]slot[K, V], 0, len(m.slots)), m.slots...)
	m.index = make(map[K]int32, len(m.slots))
	for i := range m.slots {
		m.index[m.slots[i].key] = int32(i)
	}
	m.peak = len(m.slots)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

// seen keeps a value for each thing that the kernel showed at the last look, by the identity that the kernel gives it, and
// forgets the things that it no longer shows. Where the same things are there again, a look allocates nothing.
type seen[K comparable, V any] struct {
	index map[K]int32
	items []seenItem[K, V]
	look  uint64
	most  int // How many there have been since index was made.
}

type seenItem[K comparable, V any] struct {
	key   K
	value V
	look  uint64 // The last one that showed it.
}

// begin starts a look.
func (s *seen[K, V]) begin() { s.look++ }

// at returns the value kept for a thing that this look shows, and whether it is a new one, with the zero value. The
// pointer is valid until the next call of at or end.
func (s *seen[K, V]) at(key K) (value *V, isNew bool) {
	i, isNew := s.place(key)
	return &s.items[i].value, isNew
}

// place is at for those who come back to the value: it stays in items[i] until end.
func (s *seen[K, V]) place(key K) (i int32, isNew bool) {
	i, found := s.index[key]
	if !found {
		if s.index == nil {
			s.index = map[K]int32{}
		}
		i = int32(len(s.items))
		s.index[key] = i
		s.items = append(s.items, seenItem[K, V]{key: key})
		s.most = max(s.most, len(s.items))
	}
	s.items[i].look = s.look
	return i, !found
}

// find returns the value kept for a thing, nil if there is none, whether this look has shown it or not.
func (s *seen[K, V]) find(key K) *V {
	if i, found := s.index[key]; found {
		return &s.items[i].value
	}
	return nil
}

// end forgets what this look has not shown, and tells gone of it first, if that is not nil.
func (s *seen[K, V]) end(gone func(*V)) {
	for i := len(s.items) - 1; i >= 0; i-- {
		item := &s.items[i]
		if item.look == s.look {
			continue
		}
		if gone != nil {
			gone(&item.value)
		}
		delete(s.index, item.key)
		last := len(s.items) - 1
		if i != last {
			*item = s.items[last]
			s.index[item.key] = int32(i)
		}
		s.items[last] = seenItem[K, V]{}
		s.items = s.items[:last]
	}
	s.shrink()
}

// reset forgets everything.
func (s *seen[K, V]) reset() { *s = seen[K, V]{look: s.look} }

// roomy is how many things there may have been once without that being worth to be given back.
const roomy = 1024

// shrink gives memory back when most of the things are gone: a map keeps the room that it has grown to.
func (s *seen[K, V]) shrink() {
	if s.most <= roomy || len(s.items) > s.most/4 {
		return
	}
	s.items = append(make([]seenItem[K, V], 0, len(s.items)), s.items...)
	s.index = make(map[K]int32, len(s.items))
	for i := range s.items {
		s.index[s.items[i].key] = int32(i)
	}
	s.most = len(s.items)
}

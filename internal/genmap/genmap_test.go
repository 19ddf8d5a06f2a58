// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package genmap

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func TestPure(t *testing.T) { hosttest.Pure(t) }

// TestMap holds a Map against a Go map that is rebuilt for each generation.
func TestMap(t *testing.T) {
	var s Map[uint64, int]
	random := rand.New(rand.NewPCG(1, 2))
	before := map[uint64]int{}
	for range 200 {
		now := map[uint64]int{}
		s.Begin()
		for range random.IntN(300) {
			key := random.Uint64N(400)
			value, isNew := s.Get(key)
			was, known := before[key]
			if _, twice := now[key]; twice {
				was, known = now[key], true
			}
			assert.Equal(t, !known, isNew)
			assert.Equal(t, was, *value)
			*value++
			now[key] = *value
		}
		gone := 0
		s.End(func(v *int) {
			assert.NotZero(t, *v)
			gone++
		})
		want := 0
		for key := range before {
			if _, stays := now[key]; !stays {
				want++
				assert.Nil(t, s.Find(key))
			}
		}
		assert.Equal(t, want, gone)
		assert.Len(t, s.slots, len(now))
		assert.Len(t, s.index, len(now))
		for key, value := range now {
			assert.Equal(t, value, *s.Find(key))
		}
		before = maps.Clone(now)
	}
}

func TestMapShrinks(t *testing.T) {
	var s Map[int, [100]byte]
	for _, n := range []int{100_000, 10} {
		s.Begin()
		for i := range n {
			s.Get(i)
		}
		s.End(nil)
	}
	assert.Less(t, cap(s.slots), 100)
	assert.Len(t, s.index, 10)
	assert.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, slices.Sorted(maps.Keys(s.index)))
}

func TestMapNoAllocs(t *testing.T) {
	var s Map[uint64, uint32]
	hosttest.NoAllocs(t, func() {
		s.Begin()
		for i := range uint64(1000) {
			v, _ := s.Get(i)
			*v++
		}
		s.End(func(*uint32) { t.Error("nothing is gone") })
	})
}

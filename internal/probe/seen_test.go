// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestSeen holds seen against a map that is made anew for each look.
func TestSeen(t *testing.T) {
	var s seen[uint64, int]
	random := rand.New(rand.NewPCG(1, 2))
	before := map[uint64]int{}
	for range 200 {
		now := map[uint64]int{}
		s.begin()
		for range random.IntN(300) {
			key := random.Uint64N(400)
			value, isNew := s.at(key)
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
		s.end(func(v *int) {
			assert.NotZero(t, *v)
			gone++
		})
		want := 0
		for key := range before {
			if _, stays := now[key]; !stays {
				want++
				assert.Nil(t, s.find(key))
			}
		}
		assert.Equal(t, want, gone)
		assert.Len(t, s.items, len(now))
		assert.Len(t, s.index, len(now))
		for key, value := range now {
			assert.Equal(t, value, *s.find(key))
		}
		before = maps.Clone(now)
	}
}

func TestSeenGivesMemoryBack(t *testing.T) {
	var s seen[int, [100]byte]
	for _, n := range []int{100_000, 10} {
		s.begin()
		for i := range n {
			s.at(i)
		}
		s.end(nil)
	}
	assert.Less(t, cap(s.items), 100)
	assert.Len(t, s.index, 10)
	assert.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, slices.Sorted(maps.Keys(s.index)))
}

func TestSeenAllocatesNothing(t *testing.T) {
	var s seen[uint64, uint32]
	hosttest.NoAllocs(t, func() {
		s.begin()
		for i := range uint64(1000) {
			v, _ := s.at(i)
			*v++
		}
		s.end(func(*uint32) { t.Error("nothing is gone") })
	})
}

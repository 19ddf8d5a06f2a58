// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// fold holds the series of a metric of which several values may make one point. Keys stay from one batch to the next, so
// that series that stay cost no allocation.
type fold struct {
	index map[string]int32 // From the kept values to the slot.
	slots []slot
	used  []int32 // The slots with values in this batch, in the order of their first.
	key   []byte
}

// slot is one series: what its values come to by the metric's strategy, and how many they were in this batch.
type slot struct {
	key     string
	values  []value // The kept ones.
	count   int64
	integer int64
	scaled  total
	double  float64
	// total is what the increases recorded before this batch come to. See number.Accumulate.
	total int64
}

// slot returns the slot of what keep selects of values, nil if that would be one series more than limit.
func (f *fold) slot(keep uint32, values []value, limit int) *slot {
	f.key = f.key[:0]
	for i := range values {
		if keep&(1<<i) != 0 {
			f.key = values[i].appendKey(f.key)
		}
	}
	i, found := f.index[string(f.key)]
	if found && f.slots[i].count > 0 {
		return &f.slots[i]
	}
	if len(f.used) >= limit {
		return nil
	}
	if !found {
		i = f.add(keep, values)
	}
	f.used = append(f.used, i)
	return &f.slots[i]
}

func (f *fold) add(keep uint32, values []value) int32 {
	var kept []value
	for i := range values {
		if keep&(1<<i) != 0 {
			kept = append(kept, values[i])
		}
	}
	i, key := int32(len(f.slots)), string(f.key)
	f.slots = append(f.slots, slot{key: key, values: kept})
	if f.index == nil {
		f.index = map[string]int32{}
	}
	f.index[key] = i
	return i
}

// slack is how many unused series are kept before it is worth to drop them.
const slack = 64

// sweep forgets all series when most of them were not used in this batch.
func (f *fold) sweep() {
	if len(f.slots) > 2*len(f.used)+slack {
		clear(f.index)
		clear(f.slots)
		f.slots = f.slots[:0]
	}
}

// forgetUnused forgets exactly the series that were not used in this batch: their totals begin anew.
func (f *fold) forgetUnused() {
	for i := len(f.slots) - 1; i >= 0 && len(f.slots) > len(f.used); i-- {
		if f.slots[i].count > 0 {
			continue
		}
		delete(f.index, f.slots[i].key)
		last := len(f.slots) - 1
		if i != last {
			f.slots[i] = f.slots[last]
			f.index[f.slots[i].key] = int32(i)
		}
		f.slots[last] = slot{}
		f.slots = f.slots[:last]
	}
}

// reset empties the slots for the next batch.
func (f *fold) reset() {
	for i := range f.slots {
		f.slots[i].reset()
	}
	f.used = f.used[:0]
}

func (s *slot) reset() { s.count, s.integer, s.scaled, s.double = 0, 0, total{}, 0 }

func (s *slot) addInt(strategy string, v int64) {
	s.integer = merge(strategy, s.count == 0, s.integer, v)
	s.count++
}

func (s *slot) addDouble(strategy string, v float64) {
	s.double = merge(strategy, s.count == 0, s.double, v)
	s.count++
}

// addScaled adds integers: a sum of floating-point numbers depends on their order.
func (s *slot) addScaled(strategy string, v int64) {
	if s.count > 0 {
		switch before := int64(s.scaled.low); strategy {
		case metadata.AggregationStrategyMin:
			v, s.scaled = min(before, v), total{}
		case metadata.AggregationStrategyMax:
			v, s.scaled = max(before, v), total{}
		}
	}
	s.scaled.add(v)
	s.count++
}

// merge is what v and the values before it come to. An average is their sum until the batch ends.
func merge[T int64 | float64](strategy string, first bool, before, v T) T {
	switch {
	case first:
		return v
	case strategy == metadata.AggregationStrategyMin:
		return min(before, v)
	case strategy == metadata.AggregationStrategyMax:
		return max(before, v)
	}
	return before + v
}

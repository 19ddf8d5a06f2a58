// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// overflowKey marks the point that has the sum of the series beyond max_series, as the metrics SDK specification has it:
// https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute
const overflowKey = "otel.metric.overflow"

// descriptor is what metadata.yaml says of a metric.
type descriptor struct {
	name, description, unit string
	sum, monotonic, integer bool
	// scale, of a metric whose points are doubles and whose values are integers, is how many units of a value make one of the
	// metric: 1e9 for nanoseconds recorded as seconds. 0 is none.
	scale      uint64
	attributes []string // Keys, in the order of the arguments of Record.
	integers   uint32   // Bit i: attributes[i] has integers.
}

// number is one metric with numeric points and its configuration.
type number struct {
	descriptor
	settings
	batch *Batch
	// merges and accumulates are what Fold and Accumulate set.
	merges, accumulates bool

	opened   bool
	points   pmetric.NumberDataPointSlice
	capacity int // Points of the batch before.
	folded   fold
	overflow slot
}

// settings is what the configuration says of a metric.
type settings struct {
	on       bool
	keep     uint32 // Bit i: attributes[i] is kept.
	strategy string
}

func newNumber(b *Batch, d descriptor, s settings) number {
	if s.strategy == "" { // Without attributes there is no aggregation_strategy; the default is mdatagen's.
		s.strategy = metadata.AggregationStrategyAvg
		if d.sum {
			s.strategy = metadata.AggregationStrategySum
		}
	}
	return number{descriptor: d, settings: s, batch: b}
}

// kept is the bit set of those of keys that are enabled.
func kept[K ~string](enabled []K, keys ...string) (mask uint32) {
	for i, key := range keys {
		for _, k := range enabled {
			if string(k) == key {
				mask |= 1 << i
			}
		}
	}
	return mask
}

// Fold makes one point of the values whose attributes are all equal. Without it, a metric that keeps all its attributes
// takes them to tell its points apart.
func (n *number) Fold() { n.merges = true }

// Accumulate makes Record take the increases of the things that a series consists of, and the series their sum since the
// first: a thing that ends does not lower it. A series of which nothing is recorded in a batch of the metric is forgotten,
// and begins anew when it comes back. The metric is a monotonic sum of integers.
func (n *number) Accumulate() { n.merges, n.accumulates = true, true }

func (n *number) keeps(attribute int) bool { return n.keep&(1<<attribute) != 0 }

// identifies reports whether what is kept tells the points apart that the caller records.
func (n *number) identifies() bool { return !n.merges && n.keep == 1<<len(n.attributes)-1 }

// recordDouble records v for the attributes' values.
func (n *number) recordDouble(v float64, values ...value) {
	if !n.on {
		return
	}
	if s := n.merged(values); s != nil {
		s.addDouble(n.strategy, v)
		return
	}
	dp := n.ownPoint()
	dp.SetDoubleValue(v)
	n.put(dp.Attributes(), values)
}

// recordScaled records v, in units of 1/scale, for the attributes' values. It is converted once, after it was merged with others.
func (n *number) recordScaled(v int64, values ...value) {
	if !n.on {
		return
	}
	if s := n.merged(values); s != nil {
		s.addScaled(n.strategy, v)
		return
	}
	dp := n.ownPoint()
	var one total
	one.add(v)
	dp.SetDoubleValue(one.over(n.scale))
	n.put(dp.Attributes(), values)
}

// recordInt records v for the attributes' values.
func (n *number) recordInt(v int64, values ...value) {
	if !n.on {
		return
	}
	if s := n.merged(values); s != nil {
		s.addInt(n.strategy, v)
		return
	}
	dp := n.ownPoint()
	dp.SetIntValue(v)
	n.put(dp.Attributes(), values)
}

// merged is the slot that a value is merged into: that of the series its kept attributes make, or the overflow's where
// there are too many. It is nil where the value makes a point of its own.
func (n *number) merged(values []value) *slot {
	n.begin()
	if n.identifies() {
		if n.points.Len() < n.batch.max {
			return nil
		}
	} else if s := n.folded.slot(n.keep, values, n.batch.max); s != nil {
		return s
	}
	return &n.overflow
}

// RecordOverflow adds v, which stands for one series, to the point of those that are too many.
func (n *number) RecordOverflow(v int64) {
	if n.on {
		n.begin()
		n.overflow.addInt(n.strategy, v)
	}
}

// begin makes the metric at its first point in a batch.
func (n *number) begin() {
	if n.opened {
		return
	}
	n.opened = true
	n.batch.open = append(n.batch.open, n)
	metric := n.batch.dst.AppendEmpty()
	metric.SetName(n.name)
	metric.SetDescription(n.description)
	metric.SetUnit(n.unit)
	if n.sum {
		sum := metric.SetEmptySum()
		sum.SetIsMonotonic(n.monotonic)
		sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		n.points = sum.DataPoints()
	} else {
		n.points = metric.SetEmptyGauge().DataPoints()
	}
	n.points.EnsureCapacity(n.capacity)
}

func (n *number) point() pmetric.NumberDataPoint {
	dp := n.points.AppendEmpty()
	dp.SetStartTimestamp(n.batch.start)
	dp.SetTimestamp(n.batch.now)
	return dp
}

// ownPoint is point for one value, whose start may be its own.
func (n *number) ownPoint() pmetric.NumberDataPoint {
	dp := n.point()
	if n.batch.since != 0 {
		dp.SetStartTimestamp(n.batch.since)
	}
	return dp
}

// put writes those of the attributes that are kept, with the values given.
func (n *number) put(attributes pcommon.Map, values []value) {
	attributes.EnsureCapacity(len(values))
	for i, key := range n.attributes {
		if !n.keeps(i) {
			continue
		}
		v := &values[0]
		values = values[1:]
		switch {
		case !v.known():
		case n.integers&(1<<i) != 0:
			attributes.PutInt(key, v.integer)
		default:
			attributes.PutStr(key, v.text)
		}
	}
}

// flush writes the folded series and the overflow, and returns how many points the metric got.
func (n *number) flush() int {
	for _, i := range n.folded.used {
		s := &n.folded.slots[i]
		dp := n.point()
		n.set(dp, s)
		n.put(dp.Attributes(), s.values)
	}
	n.flushOverflow()
	if n.accumulates {
		n.folded.forgetUnused()
	} else {
		n.folded.sweep()
	}
	n.capacity = n.points.Len()
	n.reset()
	return n.capacity
}

// flushOverflow writes what was too much, if it was, and once it was if the metric accumulates.
func (n *number) flushOverflow() {
	s := &n.overflow
	if s.count > 0 {
		n.batch.cuts = append(n.batch.cuts, Cut{n.name, s.count})
	}
	if n.sum && (s.count > 0 || s.total > 0) {
		dp := n.point()
		n.set(dp, s)
		dp.Attributes().PutBool(overflowKey, true)
	}
}

// reset forgets what was recorded, and the batch with it.
func (n *number) reset() {
	n.folded.reset()
	n.overflow.reset()
	n.opened, n.points = false, pmetric.NumberDataPointSlice{}
}

// set gives dp what the values of s come to.
func (n *number) set(dp pmetric.NumberDataPoint, s *slot) {
	average := n.strategy == metadata.AggregationStrategyAvg && s.count > 0
	switch {
	case n.accumulates:
		if average {
			s.integer /= s.count
		}
		s.total += s.integer
		dp.SetIntValue(s.total)
	case n.integer && average:
		dp.SetIntValue(s.integer / s.count)
	case n.integer:
		dp.SetIntValue(s.integer)
	case n.scale > 0 && average:
		dp.SetDoubleValue(s.scaled.over(n.scale * uint64(s.count)))
	case n.scale > 0:
		dp.SetDoubleValue(s.scaled.over(n.scale))
	case average:
		dp.SetDoubleValue(s.double / float64(s.count))
	default:
		dp.SetDoubleValue(s.double)
	}
}

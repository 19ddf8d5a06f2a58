// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package terminalexporter

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// maxAge is how long a counter that is no longer in any batch is remembered.
const maxAge = 10 * time.Minute

// rates has the last point of every counter, by series.
type rates map[string]counter

type counter struct {
	value       float64
	start, time pcommon.Timestamp
}

// perSecond returns the increase of a cumulative counter per second since its previous point. It is unknown for the first
// point, and for one after a reset, which a new start or a smaller value shows.
func (r rates) perSecond(series string, point pmetric.NumberDataPoint) (rate float64, known bool) {
	now := counter{value(point), point.StartTimestamp(), point.Timestamp()}
	before, found := r[series]
	r[series] = now
	if !found || now.start != before.start || now.value < before.value || now.time <= before.time {
		return 0, false
	}
	return (now.value - before.value) / now.time.AsTime().Sub(before.time.AsTime()).Seconds(), true
}

// evict forgets the counters without a point since maxAge before now.
func (r rates) evict(now time.Time) {
	for series, last := range r {
		if now.Sub(last.time.AsTime()) > maxAge {
			delete(r, series)
		}
	}
}

func value(point pmetric.NumberDataPoint) float64 {
	if point.ValueType() == pmetric.NumberDataPointValueTypeInt {
		return float64(point.IntValue())
	}
	return point.DoubleValue()
}

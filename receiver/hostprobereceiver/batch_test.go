// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// point is one data point with all that identifies it.
type point struct {
	identity string
	pmetric.NumberDataPoint
}

// value is the point's number.
func (p point) value() float64 {
	if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
		return float64(p.IntValue())
	}
	return p.DoubleValue()
}

// pointsOf returns all points of a batch by their identity within the resource, "metric{key=value …}", and asserts what
// every batch must hold to: no identity occurs twice, and all points carry one time.
func pointsOf(t testing.TB, batch pmetric.Metrics) map[string]point {
	t.Helper()
	all := map[string]point{}
	var times []pcommon.Timestamp
	for _, rm := range batch.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				for _, dp := range numbers(t, m).All() {
					id := m.Name() + fmt.Sprint(dp.Attributes().AsRaw())[len("map"):]
					assert.NotContains(t, all, id, "an identity occurs twice")
					all[id] = point{identity: id, NumberDataPoint: dp}
					times = append(times, dp.Timestamp())
				}
			}
		}
	}
	for _, time := range times {
		assert.Equal(t, times[0], time, "one batch, one time")
	}
	return all
}

func numbers(t testing.TB, m pmetric.Metric) pmetric.NumberDataPointSlice {
	t.Helper()
	switch m.Type() {
	case pmetric.MetricTypeSum:
		return m.Sum().DataPoints()
	case pmetric.MetricTypeGauge:
		return m.Gauge().DataPoints()
	}
	require.Fail(t, "neither a sum nor a gauge", m.Name())
	return pmetric.NumberDataPointSlice{}
}

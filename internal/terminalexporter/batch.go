// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package terminalexporter

import (
	"math"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// kind is what a value says, in the order of printing.
type kind uint8

const (
	share kind = iota // A gauge of unit 1, or the rate of a counter of seconds: both are fractions, printed as percentages.
	rate              // Another counter that increased since the previous batch.
	level             // Anything else.
	numKinds
)

// row is one line: a value and the attributes of its series.
type row struct {
	value      float64
	attributes string
}

// group has the rows of one metric.
type group struct {
	kind kind
	name string
	unit string
	rows []row
}

// batch is what is printed of one call: groups in the order in which their metrics arrived.
type batch struct {
	time     time.Time
	resource string // The attributes that all resources of the batch share.
	groups   []*group
	byName   map[string]*group
	rates    rates
}

func newBatch(metrics pmetric.Metrics, r rates) *batch {
	b := &batch{byName: map[string]*group{}, rates: r}
	resources := metrics.ResourceMetrics()
	shared := sharedAttributes(resources)
	b.resource = text(shared)
	for _, resource := range resources.All() {
		own := pcommon.NewMap()
		resource.Resource().Attributes().CopyTo(own)
		own.RemoveIf(func(key string, _ pcommon.Value) bool {
			_, found := shared.Get(key)
			return found
		})
		for _, scope := range resource.ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				b.add(metric, own)
			}
		}
	}
	return b
}

// sharedAttributes returns the attributes that every resource has with the same value.
func sharedAttributes(resources pmetric.ResourceMetricsSlice) pcommon.Map {
	shared := pcommon.NewMap()
	for i, resource := range resources.All() {
		attributes := resource.Resource().Attributes()
		if i == 0 {
			attributes.CopyTo(shared)
		}
		shared.RemoveIf(func(key string, v pcommon.Value) bool {
			other, found := attributes.Get(key)
			return !found || !other.Equal(v)
		})
	}
	return shared
}

// add adds the points of a gauge or a sum. Histograms and summaries have no one value to print.
func (b *batch) add(metric pmetric.Metric, resource pcommon.Map) {
	switch metric.Type() {
	case pmetric.MetricTypeGauge:
		k := level
		if metric.Unit() == "1" {
			k = share
		}
		b.addPoints(k, metric, metric.Gauge().DataPoints(), resource)
	case pmetric.MetricTypeSum:
		k := level
		if metric.Sum().IsMonotonic() && metric.Sum().AggregationTemporality() == pmetric.AggregationTemporalityCumulative {
			k = rate
			if metric.Unit() == "s" {
				k = share
			}
		}
		b.addPoints(k, metric, metric.Sum().DataPoints(), resource)
	}
}

func (b *batch) addPoints(k kind, metric pmetric.Metric, points pmetric.NumberDataPointSlice, resource pcommon.Map) {
	for _, point := range points.All() {
		if at := point.Timestamp().AsTime(); at.After(b.time) {
			b.time = at
		}
		attributes := pcommon.NewMap()
		resource.CopyTo(attributes)
		point.Attributes().Range(func(key string, v pcommon.Value) bool {
			v.CopyTo(attributes.PutEmpty(key))
			return true
		})
		labels := text(attributes)
		v, known := value(point), true
		if metric.Type() == pmetric.MetricTypeSum && k != level {
			v, known = b.rates.perSecond(b.resource+metric.Name()+labels, point)
		}
		if !known || math.IsNaN(v) || k == rate && v == 0 {
			continue
		}
		g := b.byName[metric.Name()]
		if g == nil {
			g = &group{kind: k, name: printable(metric.Name()), unit: metric.Unit()}
			b.byName[metric.Name()], b.groups = g, append(b.groups, g)
		}
		g.rows = append(g.rows, row{v, labels})
	}
}

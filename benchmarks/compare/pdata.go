// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// pdataAlone measures making a batch of so many points with two attributes, a number of times: the floor for any receiver
// that hands them to a pipeline. pdata allocates five things for each, and Go's collector takes them away.
func pdataAlone(points, scrapes int) cost {
	devices := make([]string, pointsOfMetric/len(directions))
	for i := range devices {
		devices[i] = "device" + strconv.Itoa(i)
	}
	runtime.GC()
	var before usage
	for i := range warmUp + scrapes {
		if i == warmUp {
			before = now()
		}
		makePoints(points, devices)
	}
	c := now().since(before, scrapes)
	c.Points = points
	return c
}

// pointsOfMetric is how many points a metric of pdataAlone has.
const pointsOfMetric = 2000

var directions = [2]string{"receive", "transmit"}

func makePoints(points int, devices []string) pmetric.Metrics {
	batch := pmetric.NewMetrics()
	metrics := batch.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics()
	for points > 0 {
		of := metrics.AppendEmpty().SetEmptySum().DataPoints()
		n := min(points, pointsOfMetric)
		of.EnsureCapacity(n)
		for i := range n {
			dp := of.AppendEmpty()
			dp.SetStartTimestamp(1)
			dp.SetTimestamp(2)
			dp.SetIntValue(int64(i))
			attributes := dp.Attributes()
			attributes.EnsureCapacity(2)
			attributes.PutStr("device", devices[i/len(directions)])
			attributes.PutStr("direction", directions[i%len(directions)])
		}
		points -= n
	}
	return batch
}

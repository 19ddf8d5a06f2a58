// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"math"
	"strconv"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/record"
)

// points records a snapshot as data points, with one method per domain in the file of its scraper.
type points struct {
	*record.Recorder
	listeners  listenerMetrics
	cpuAverage bool
	cpuNames   []string
	// connectionOwners is true if system.network.connections is split by owner.
	connectionOwners bool
}

func newPoints(cfg *Config) points {
	r := record.New(&cfg.Metrics, cfg.MaxSeries)
	return points{
		Recorder: r, listeners: newListenerMetrics(r), cpuAverage: cfg.Scrapers.Load.CPUAverage,
		connectionOwners: splitsByOwner(&r.SystemNetworkConnections),
	}
}

// cpuName is the value of the attribute cpu.
func (p *points) cpuName(number int) string {
	for number >= len(p.cpuNames) {
		p.cpuNames = append(p.cpuNames, "cpu"+strconv.Itoa(len(p.cpuNames)))
	}
	return p.cpuNames[number]
}

// share is part/whole. Nothing has no shares: whole is not 0.
func share(part, whole uint64) float64 { return float64(part) / float64(whole) }

// recordKnown records q if it is known.
func recordKnown(q snapshot.Quantity, record func(int64)) {
	if q.Known {
		record(signed(q.N))
	}
}

// recordCounter records a counter of a device if it is known, and in a sum over devices, which is not to fall when it is not,
// as it was known last.
func recordCounter(apart bool, now, last snapshot.Quantity, record func(int64)) {
	if !apart {
		now = now.Or(last)
	}
	recordKnown(now, record)
}

// signed converts n to the integer of pdata. No counter of a host gets that large.
func signed(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

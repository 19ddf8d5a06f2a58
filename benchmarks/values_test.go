// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package benchmarks holds host_probe to contrib's host_metrics: the same configuration, the same root, the same values.
package benchmarks

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/benchmarks/internal/bighost"
	"github.com/superviz-io/hostprobe/benchmarks/internal/sidebyside"
	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// configs are what users of host_metrics write. Both receivers get the same text.
var configs = map[string]string{
	"cpu":    "scrapers: {cpu: }",
	"memory": "scrapers: {memory: }",
	"load":   "scrapers: {load: }",
	"paging": "scrapers: {paging: }",
	"system": "scrapers: {system: }",
	"disk":   "scrapers: {disk: }",
	"disk, some devices": "scrapers: {disk: {include: {match_type: regexp, devices: ['^(nvme|sd|dm-|mmc)', vd]}, " +
		"exclude: {match_type: strict, devices: [dm-2, nvme1n1, sdaa]}}}",
	"disk, named devices":           "scrapers: {disk: {include: {match_type: strict, devices: [cciss/c0d0, nvme7n1, nvme0n1, mmcblk0, sda, vda, xvda, dm-0]}}}",
	"disk, filters without pattern": "scrapers: {disk: {include: {match_type: strict, devices: []}, exclude: {}}}",
	"disk by direction":             "scrapers: {disk: {metrics: {system.disk.io: {attributes: [direction]}, system.disk.operation_time: {attributes: [direction], aggregation_strategy: max}}}}",
	"disk by device":                "scrapers: {disk: {metrics: {system.disk.operations: {attributes: [device]}, system.disk.io: {attributes: [device], aggregation_strategy: avg}, system.disk.weighted_io_time: {enabled: false}}}}",
	"disk in all":                   "scrapers: {disk: {metrics: {system.disk.io_time: {attributes: [], aggregation_strategy: avg}, system.disk.pending_operations: {attributes: []}, system.disk.merged: {attributes: [], aggregation_strategy: min}}}}",
	"network":                       "scrapers: {network: }",
	"network, some interfaces": "scrapers: {network: {include: {match_type: regexp, interfaces: [eth, lo, 'veth1.*7$']}, " +
		"exclude: {match_type: strict, interfaces: [veth17, lo]}}}",
	"network, named interfaces":           "scrapers: {network: {include: {match_type: strict, interfaces: [lo, eth0, veth999]}}}",
	"network, filters without interfaces": "scrapers: {network: {include: {match_type: regexp, interfaces: []}, exclude: {}}}",
	"network by direction":                "scrapers: {network: {metrics: {system.network.io: {attributes: [direction]}, system.network.packets: {attributes: [direction], aggregation_strategy: max}}}}",
	"network by device":                   "scrapers: {network: {metrics: {system.network.dropped: {attributes: [device]}, system.network.errors: {attributes: [device], aggregation_strategy: avg}, system.network.io: {enabled: false}}}}",
	"network in all":                      "scrapers: {network: {metrics: {system.network.io: {attributes: []}, system.network.connections: {attributes: []}}}}",
	"connections by protocol":             "scrapers: {network: {metrics: {system.network.connections: {attributes: [protocol]}}}}",
	"cpu, every metric": "scrapers: {cpu: {metrics: {system.cpu.frequency: {enabled: true}, system.cpu.physical.count: {enabled: true}, " +
		"system.cpu.utilization: {enabled: true}}}}",
	"memory, every metric": "scrapers: {memory: {metrics: {system.linux.memory.available: {enabled: true}, system.linux.memory.dirty: {enabled: true}, " +
		"system.memory.limit: {enabled: true}, system.memory.linux.hugepages.limit: {enabled: true}, " +
		"system.memory.linux.hugepages.page_size: {enabled: true}, system.memory.linux.hugepages.reserved: {enabled: true}, " +
		"system.memory.linux.hugepages.surplus: {enabled: true}, system.memory.linux.hugepages.usage: {enabled: true}, " +
		"system.memory.linux.hugepages.utilization: {enabled: true}, system.memory.linux.shared: {enabled: true}, " +
		"system.memory.page_size: {enabled: true}, system.memory.utilization: {enabled: true}}}}",
	"paging, every metric":    "scrapers: {paging: {metrics: {system.paging.utilization: {enabled: true}}}}",
	"load for each CPU":       "scrapers: {load: {cpu_average: true}}",
	"a series for each CPU":   "scrapers: {cpu: {metrics: {system.cpu.time: {attributes: [cpu, state]}, system.cpu.utilization: {enabled: true, attributes: [cpu, state]}}}}",
	"by CPU alone":            "scrapers: {cpu: {metrics: {system.cpu.time: {attributes: [cpu]}}}}",
	"without attributes":      "scrapers: {cpu: {metrics: {system.cpu.time: {attributes: []}}}, memory: {metrics: {system.memory.usage: {attributes: []}}}}",
	"the largest CPU":         "scrapers: {cpu: {metrics: {system.cpu.time: {aggregation_strategy: max}}}}",
	"the smallest CPU":        "scrapers: {cpu: {metrics: {system.cpu.time: {aggregation_strategy: min}}}}",
	"the average state":       "scrapers: {memory: {metrics: {system.memory.usage: {attributes: [], aggregation_strategy: avg}}}}",
	"one metric taken away":   "scrapers: {cpu: {metrics: {system.cpu.logical.count: {enabled: false}}}}",
	"paging by its direction": "scrapers: {paging: {metrics: {system.paging.operations: {attributes: [direction], aggregation_strategy: max}}}}",
}

// series is one data point and the metric it belongs to.
type series struct {
	metric string
	form   string // Name, unit, kind, monotonicity, temporality and type of value.
	value  float64
}

// TestSameAsContrib compares all series of both receivers on roots that do not change, and on this host, which does.
func TestSameAsContrib(t *testing.T) {
	big := t.TempDir()
	require.NoError(t, bighost.Make(big))
	roots := map[string]string{
		"captured":  hosttest.Unpack(t, "captured-vm", "t0"),
		"big":       big,
		"storage 0": hosttest.Unpack(t, "generated-storage", "t0"),
		"storage 1": hosttest.Unpack(t, "generated-storage", "t1"),
		"live":      "",
	}
	// contrib refuses a second root_path in one process, so all roots have one name, one after the other.
	current := filepath.Join(os.TempDir(), fmt.Sprintf("hostprobe-root-%d", os.Getpid()))
	t.Cleanup(func() { assert.NoError(t, os.Remove(current)) })
	for where, root := range roots {
		if root != "" {
			_ = os.Remove(current)
			require.NoError(t, os.Symlink(root, current))
			root = current
		}
		for _, name := range slices.Sorted(maps.Keys(configs)) {
			if !covers(where, name) {
				continue
			}
			t.Run(where+", "+name, func(t *testing.T) {
				config := "collection_interval: 50ms\ninitial_delay: 0s\nroot_path: \"" + root + "\"\n" + configs[name]
				theirs, ours := secondBatch(t, sidebyside.Contrib, config), secondBatch(t, sidebyside.HostProbe, config)
				compare(t, theirs, ours, where)
			})
		}
	}
}

// covers reports whether a root has the files of a configuration. The file server has disks and no more; the machine was
// captured without them.
func covers(where, config string) bool {
	disks, network := strings.HasPrefix(config, "disk"), strings.HasPrefix(config, "network")
	switch {
	case strings.HasPrefix(where, "storage"):
		return disks
	case where == "captured":
		return !disks && !network
	}
	return true
}

func compare(t *testing.T, theirs, ours map[string]series, where string) {
	t.Helper()
	for id, their := range theirs {
		our, ok := ours[id]
		d := differenceOf(their.metric, where)
		if !ok {
			assert.NotNil(t, d, "host_probe has no %s", id)
			continue
		}
		assert.Equal(t, their.form, our.form, id)
		switch {
		case d != nil:
			assert.True(t, d.agrees == nil || d.agrees(their.value, our.value), "%s: %v and %v are not as they should differ: %s", id, their.value, our.value, d.why)
		case where == "live":
			assert.InDelta(t, their.value, our.value, drift(their), id)
		default:
			assert.InDelta(t, their.value, our.value, rounding(their), id)
		}
	}
	for id, our := range ours {
		if _, ok := theirs[id]; !ok {
			assert.NotNil(t, differenceOf(our.metric, where), "host_metrics has no %s", id)
		}
	}
}

// rounding is how far two computations of the same value may lie apart. contrib rounds shares to eleven places.
func rounding(s series) float64 {
	if strings.HasSuffix(s.metric, ".utilization") {
		return 1e-11
	}
	return math.Abs(s.value) * 1e-12
}

// drift is how far a value of this host may move between two readings.
func drift(s series) float64 {
	switch {
	case strings.HasSuffix(s.metric, ".utilization"):
		return 1
	case s.metric == "system.cpu.time":
		return 5 // Seconds.
	case strings.HasPrefix(s.metric, "system.disk."):
		return 64<<20 + math.Abs(s.value)/2 // A disk may be new and busy.
	case s.metric == "system.memory.usage":
		return 4 << 30
	default:
		return 1 + math.Abs(s.value)/2
	}
}

// secondBatch is all series of a receiver's second batch, the first with utilization, by metric and attributes.
func secondBatch(t *testing.T, r sidebyside.Receiver, config string) map[string]series {
	t.Helper()
	var last pmetric.Metrics
	batches := 0
	require.NoError(t, r.Run(config, func(batch pmetric.Metrics) bool {
		last = batch
		batches++
		return batches < 2
	}))
	all := map[string]series{}
	for _, rm := range last.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				add(t, all, m)
			}
		}
	}
	require.NotEmpty(t, all)
	return all
}

func add(t *testing.T, all map[string]series, m pmetric.Metric) {
	t.Helper()
	form := fmt.Sprintf("%s %s %s", m.Name(), m.Unit(), m.Type())
	var points pmetric.NumberDataPointSlice
	if m.Type() == pmetric.MetricTypeSum {
		form += fmt.Sprintf(" monotonic %v %s", m.Sum().IsMonotonic(), m.Sum().AggregationTemporality())
		points = m.Sum().DataPoints()
	} else {
		points = m.Gauge().DataPoints()
	}
	for _, p := range points.All() {
		id := m.Name() + fmt.Sprint(p.Attributes().AsRaw())
		require.NotContains(t, slices.Collect(maps.Keys(all)), id, "an identity occurs twice")
		value := p.DoubleValue()
		if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
			value = float64(p.IntValue())
		}
		all[id] = series{m.Name(), form + " " + p.ValueType().String(), value}
	}
}

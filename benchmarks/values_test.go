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
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/benchmarks/internal/bighost"
	"github.com/superviz-io/hostprobe/benchmarks/internal/sidebyside"
	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// configs are what users of host_metrics write. Both receivers get the same text.
var configs = map[string]string{
	"cpu":                 "scrapers: {cpu: }",
	"memory":              "scrapers: {memory: }",
	"load":                "scrapers: {load: }",
	"paging":              "scrapers: {paging: }",
	"system":              "scrapers: {system: }",
	"processes":           "scrapers: {processes: }",
	"processes by status": "scrapers: {processes: {metrics: {system.processes.count: {attributes: []}}}}",
	"nfs":                 "scrapers: {nfs: , load: }", // With what makes a batch where contrib finds nothing.
	"disk":                "scrapers: {disk: }",
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
	"connections, the fewest":             "scrapers: {network: {metrics: {system.network.connections: {aggregation_strategy: min}}}}",
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
	for _, where := range hosts(t) {
		t.Run(where, func(t *testing.T) {
			if !alone(t) {
				return
			}
			root := rootOf(t, where)
			for _, name := range slices.Sorted(maps.Keys(configs)) {
				if !covers(root, where, name) {
					continue
				}
				t.Run(name, func(t *testing.T) {
					config := "root_path: \"" + root + "\"\n" + configs[name]
					if where == "live" {
						compareLive(t, config)
						return
					}
					compare(t, secondBatch(t, sidebyside.Contrib, config), secondBatch(t, sidebyside.HostProbe, config), where)
				})
			}
		})
	}
}

// hosts are this one, a big one, and all in testdata/hosts at each of their moments, as captured-vm_t0.
func hosts(t *testing.T) (names []string) {
	t.Helper()
	archives, err := filepath.Glob(filepath.Join(hosttest.Repository(), "testdata", "hosts", "*", "*.txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, archives)
	for _, archive := range archives {
		moment := strings.TrimSuffix(filepath.Base(archive), ".txtar")
		names = append(names, filepath.Base(filepath.Dir(archive))+"_"+moment)
	}
	return append(names, "big", "live")
}

func rootOf(t *testing.T, where string) (root string) {
	t.Helper()
	switch where {
	case "live":
		return ""
	case "big":
		root = t.TempDir()
		require.NoError(t, bighost.Make(root))
		return root
	}
	origin, moment, _ := strings.Cut(where, "_")
	return hosttest.Unpack(t, origin, moment)
}

// needed is the file that a scraper reads before all others.
var needed = map[string]string{
	"connections": "proc/1/net/tcp", "cpu": "proc/cpuinfo", "disk": "proc/diskstats", "load": "proc/loadavg", "memory": "proc/meminfo",
	"network": "proc/1/net/dev", "nfs": "proc/1/net/rpc/nfs", "paging": "proc/vmstat", "processes": "proc/1/stat", "system": "proc/uptime",
}

var scraperOf = regexp.MustCompile(`scrapers: \{(\w+):`)

// covers reports whether a root has the files of a configuration: not every host has everything.
func covers(root, where, name string) bool {
	if where == "big" && strings.ContainsAny(name, " ,") {
		return false // contrib takes seconds for each.
	}
	if where == "live" && name == "nfs" {
		return false // TestNFSSameAsContrib has a file server's.
	}
	_, err := os.Stat(filepath.Join(root, "/", needed[scraperOf.FindStringSubmatch(configs[name])[1]]))
	return err == nil
}

// compare asserts that both say the same of a root that does not change.
func compare(t *testing.T, theirs, ours map[string]series, where string) {
	t.Helper()
	for _, err := range differing(theirs, ours, theirs, where, rounding) {
		assert.NoError(t, err)
	}
}

// compareLive asserts that both say the same of this host, which works meanwhile and whose devices come and go: contrib is
// scraped before and after.
func compareLive(t *testing.T, config string) {
	t.Helper()
	assertNoneLasts(t, func() map[string]error {
		before := secondBatch(t, sidebyside.Contrib, config)
		ours := secondBatch(t, sidebyside.HostProbe, config)
		return differing(before, ours, secondBatch(t, sidebyside.Contrib, config), "live", drift)
	})
}

// assertNoneLasts asserts that no difference is found every time.
func assertNoneLasts(t *testing.T, find func() map[string]error) {
	t.Helper()
	lasting := find()
	for round := 1; round < 4 && len(lasting) > 0; round++ {
		again := find()
		maps.DeleteFunc(lasting, func(what string, _ error) bool { return again[what] == nil })
	}
	for _, err := range lasting {
		assert.NoError(t, err)
	}
}

// differing finds the differences between what host_probe says and what contrib said before and after, by the identity of
// the series. What contrib did not have both times was coming or going.
func differing(before, ours, after map[string]series, where string, drift func(series) float64) (found map[string]error) {
	found = map[string]error{}
	for id, first := range before {
		last, stays := after[id]
		if !stays {
			continue
		}
		our, ok := ours[id]
		switch d := differenceOf(first.metric, where); {
		case !ok && d != nil:
		case !ok && first.value == 0 && last.value == 0 && mayBeZero(first.metric, where):
		case !ok:
			found[id] = fmt.Errorf("host_probe has no %s", id)
		case first.form != our.form:
			found[id] = fmt.Errorf("%s is %q, not %q", id, our.form, first.form)
		case d != nil:
			if d.agrees != nil && !d.agrees(first.value, our.value) && !d.agrees(last.value, our.value) {
				found[id] = fmt.Errorf("%s: %v and %v are not as they should differ: %s", id, first.value, our.value, d.why)
			}
		case our.value < min(first.value, last.value)-drift(first), our.value > max(first.value, last.value)+drift(first):
			found[id] = fmt.Errorf("%s is %v, and %v before and %v after in host_metrics", id, our.value, first.value, last.value)
		}
	}
	for id, our := range ours {
		_, atFirst := before[id]
		_, atLast := after[id]
		if !atFirst && !atLast && !mayBeAlone(our.metric, where) {
			found[id] = fmt.Errorf("host_metrics has no %s", id)
		}
	}
	return found
}

// rounding is how far two computations of the same value may lie apart. contrib rounds shares of bytes to about eleven places.
func rounding(s series) float64 {
	if strings.HasSuffix(s.metric, ".utilization") {
		return 1e-11
	}
	return math.Abs(s.value) * 1e-12
}

// drift is how far a value of this host may lie outside of what contrib read before and after. What is counted lies
// between.
func drift(s series) float64 {
	switch {
	case strings.HasSuffix(s.metric, ".utilization"):
		return 1
	case s.metric == "system.cpu.time":
		return 0.05 // Seconds: the kernel estimates the time of a CPU that sleeps.
	case strings.Contains(s.form, " monotonic true "):
		return rounding(s)
	case s.metric == "system.memory.usage":
		return 1 << 30
	default:
		return 1 + math.Abs(s.value)/2
	}
}

// interval is the time between two batches.
const interval = 50 * time.Millisecond

// batchOf is a receiver's second batch, the first with utilization.
func batchOf(t *testing.T, r sidebyside.Receiver, config string) (second pmetric.Metrics) {
	t.Helper()
	batches := 0
	require.NoError(t, r.Run(config, interval, func(batch pmetric.Metrics) bool {
		second = batch
		batches++
		return batches < 2
	}))
	return second
}

// secondBatch is all series of a receiver's second batch, by metric and attributes.
func secondBatch(t *testing.T, r sidebyside.Receiver, config string) map[string]series {
	t.Helper()
	all := map[string]series{}
	for _, rm := range batchOf(t, r, config).ResourceMetrics().All() {
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
		require.NotContains(t, all, id, "an identity occurs twice")
		value := p.DoubleValue()
		if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
			value = float64(p.IntValue())
		}
		all[id] = series{m.Name(), form + " " + p.ValueType().String(), value}
	}
}

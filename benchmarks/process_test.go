// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package benchmarks

import (
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/benchmarks/internal/bighost"
	"github.com/superviz-io/hostprobe/benchmarks/internal/sidebyside"
)

// everyProcessMetric switches on what is off by default.
const everyProcessMetric = "metrics: {process.context_switches: {enabled: true}, process.cpu.utilization: {enabled: true}, " +
	"process.disk.operations: {enabled: true}, process.memory.utilization: {enabled: true}, process.open_file_descriptors: {enabled: true}, " +
	"process.paging.faults: {enabled: true}, process.signals_pending: {enabled: true}, process.threads: {enabled: true}, process.uptime: {enabled: true}}"

// processConfigs are what users of host_metrics write. Both receivers get the same text, and mask_command_line: ours is off
// where theirs are compared.
var processConfigs = map[string]string{
	"defaults":          "",
	"every metric":      everyProcessMetric,
	"cgroup":            "resource_attributes: {process.cgroup: {enabled: true}, process.owner: {enabled: false}}",
	"by name":           "include: {names: [sleep, worker-1], match_type: strict}",
	"by pattern":        "include: {names: [\"^(sl|worker)\"], match_type: regexp}, exclude: {names: [\"-2$\"], match_type: regexp}",
	"without states":    "metrics: {process.cpu.time: {attributes: []}, process.disk.io: {attributes: [], aggregation_strategy: max}}",
	"muted and delayed": "mute_process_all_errors: true, mute_process_exe_error: true, scrape_process_delay: 1s",
	"one resource":      "resource_attributes: {process.executable.name: {metrics_include: [{strict: sleep}, {strict: worker-1}]}}",
}

// oneProcess is what a batch says of a process.
type oneProcess struct {
	attributes map[string]any
	start      pcommon.Timestamp
	series     map[string]series
}

// TestProcessSameAsContrib compares all that both receivers say of the processes that both see, on this host and on a root
// with many of them. contrib sees below a root only processes whose numbers some process has here.
func TestProcessSameAsContrib(t *testing.T) {
	sleeper := exec.Command("sleep", "600")
	require.NoError(t, sleeper.Start())
	t.Cleanup(func() {
		_ = sleeper.Process.Kill()
		_ = sleeper.Wait()
	})
	time.Sleep(1100 * time.Millisecond) // For scrape_process_delay.
	big := t.TempDir()
	require.NoError(t, bighost.Make(big))
	current := filepath.Join(os.TempDir(), fmt.Sprintf("hostprobe-root-%d", os.Getpid()))
	t.Cleanup(func() { assert.NoError(t, os.Remove(current)) })
	require.NoError(t, os.Symlink(big, current))
	for where, root := range map[string]string{"live": "", "big": current} {
		for _, name := range slices.Sorted(maps.Keys(processConfigs)) {
			t.Run(where+", "+name, func(t *testing.T) {
				config := "collection_interval: 100ms\ninitial_delay: 0s\nroot_path: \"" + root + "\"\nscrapers: {process: {%s" + processConfigs[name] + "}}"
				theirs := processesOf(t, sidebyside.Contrib, fmt.Sprintf(config, ""))
				ours := processesOf(t, sidebyside.HostProbe, "max_attribute_length: 65536\n"+fmt.Sprintf(config, "mask_command_line: false, "))
				both, quiet := 0, 0
				for pid, their := range theirs {
					if our, ok := ours[pid]; ok {
						both++
						if !isBusy(their, our) {
							quiet++
						}
						compareProcess(t, their, our, where)
					}
				}
				assert.Greater(t, 2*quiet, both, "most processes sleep")
				if where == "live" {
					_, oursHas := ours[int64(sleeper.Process.Pid)]
					_, theirsHas := theirs[int64(sleeper.Process.Pid)]
					assert.True(t, oursHas && theirsHas)
					assert.InDelta(t, len(theirs), len(ours), 40, "others start and end processes meanwhile")
				}
			})
		}
	}
}

func processesOf(t *testing.T, r sidebyside.Receiver, config string) map[int64]oneProcess {
	t.Helper()
	var last pmetric.Metrics
	batches := 0
	require.NoError(t, r.Run(config, func(batch pmetric.Metrics) bool {
		last = batch
		batches++
		return batches < 2
	}))
	all := map[int64]oneProcess{}
	for _, rm := range last.ResourceMetrics().All() {
		p := oneProcess{attributes: rm.Resource().Attributes().AsRaw(), series: map[string]series{}}
		for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
			add(t, p.series, m)
			p.start = startOf(m)
		}
		pid := p.attributes["process.pid"].(int64)
		_, twice := all[pid]
		require.False(t, twice)
		all[pid] = p
	}
	return all
}

func startOf(m pmetric.Metric) pcommon.Timestamp {
	if m.Type() == pmetric.MetricTypeSum {
		return m.Sum().DataPoints().At(0).StartTimestamp()
	}
	return m.Gauge().DataPoints().At(0).StartTimestamp()
}

func compareProcess(t *testing.T, their, our oneProcess, where string) {
	t.Helper()
	if their.attributes["process.executable.name"] != our.attributes["process.executable.name"] && where == "live" {
		return // It has executed another program meanwhile, or another process has its number.
	}
	for key, want := range their.attributes {
		switch {
		case key == "process.owner" && where == "big": // contrib looks into this host's /etc/passwd, whatever root_path says.
		case want == "": // contrib writes what is not known as an empty text.
			assert.Nil(t, our.attributes[key], key)
		default:
			// Not printed: it may be the command line of anything that runs here.
			isSame := want == our.attributes[key]
			assert.True(t, isSame, "%s of %v", key, our.attributes["process.pid"])
		}
	}
	for key := range our.attributes {
		if strings.HasPrefix(key, "process.") {
			assert.NotNil(t, their.attributes[key], key)
		}
	}
	if where == "live" {
		assert.InDelta(t, float64(their.start), float64(our.start), 2e9, "boot time is known to the second")
	}
	if where == "live" && isBusy(their, our) {
		return
	}
	for id, s := range their.series {
		mine, ok := our.series[id]
		if !assert.True(t, ok, "host_probe has no %s of %v", id, our.attributes["process.pid"]) {
			continue
		}
		assert.Equal(t, s.form, mine.form)
		switch d := differenceOf(s.metric, where); {
		case d != nil:
			assert.True(t, d.agrees == nil || d.agrees(s.value, mine.value), "%s of %v: %v and %v are not as they should differ: %s", id, our.attributes["process.pid"], s.value, mine.value, d.why)
		case where == "live":
			assert.InDelta(t, s.value, mine.value, driftOfProcess(s), "%s of %v", id, our.attributes["process.pid"])
		default:
			assert.InDelta(t, s.value, mine.value, rounding(s), "%s of %v", id, our.attributes["process.pid"])
		}
	}
	for id := range our.series {
		_, ok := their.series[id]
		assert.True(t, ok || differenceOf(our.series[id].metric, where) != nil, "%s: host_metrics has none of %v", id, our.attributes["process.pid"])
	}
}

// isBusy reports whether the process has worked between the two readings, so that its numbers have nothing to do with
// each other.
func isBusy(their, our oneProcess) bool {
	for id, s := range their.series {
		if s.metric == "process.cpu.time" && s.value != our.series[id].value {
			return true
		}
	}
	return false
}

// driftOfProcess is how far a value of a process may move between two readings.
func driftOfProcess(s series) float64 {
	switch s.metric {
	case "process.cpu.time", "process.uptime":
		return 5 // Seconds.
	case "process.cpu.utilization":
		return 1
	case "process.memory.usage", "process.memory.virtual":
		return 4 << 30
	case "process.disk.io":
		return 1<<26 + math.Abs(s.value)/2 // Within one tick of CPU time.
	case "process.open_file_descriptors", "process.threads", "process.signals_pending":
		return 32
	}
	return 1e5 + math.Abs(s.value)/2
}

// TestProcessesSameAsContrib: contrib counts tasks that run or are blocked, and fills up what it cannot place; the sum is
// the number of processes.
func TestProcessesSameAsContrib(t *testing.T) {
	const config = "collection_interval: 50ms\ninitial_delay: 0s\nscrapers: {processes: {}}"
	theirs, ours := secondBatch(t, sidebyside.Contrib, config), secondBatch(t, sidebyside.HostProbe, config)
	count := func(all map[string]series, status string) series {
		return all["system.processes.count"+fmt.Sprint(map[string]any{"status": status})]
	}
	for _, status := range []string{"running", "blocked", "sleeping"} {
		assert.Equal(t, count(theirs, status).form, count(ours, status).form)
	}
	assert.InDelta(t, count(theirs, "sleeping").value, count(ours, "sleeping").value, 40)
	assert.InDelta(t, count(theirs, "idle").value, count(ours, "idle").value, 10)
	entries, err := os.ReadDir("/proc")
	require.NoError(t, err)
	var processes, sum float64
	for _, entry := range entries {
		if _, err := strconv.Atoi(entry.Name()); err == nil {
			processes++
		}
	}
	for id, s := range ours {
		if s.metric == "system.processes.count" {
			sum += s.value
			assert.Equal(t, count(theirs, "running").form, s.form, id)
		}
	}
	assert.InDelta(t, processes, sum, 40)
	created := "system.processes.created" + fmt.Sprint(map[string]any{})
	assert.Equal(t, theirs[created].form, ours[created].form)
	assert.InDelta(t, theirs[created].value, ours[created].value, 5000)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package benchmarks

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/benchmarks/internal/sidebyside"
)

// everyProcessMetric switches on what is off by default.
const everyProcessMetric = "metrics: {process.context_switches: {enabled: true}, process.cpu.utilization: {enabled: true}, " +
	"process.disk.operations: {enabled: true}, process.memory.utilization: {enabled: true}, process.open_file_descriptors: {enabled: true}, " +
	"process.paging.faults: {enabled: true}, process.signals_pending: {enabled: true}, process.threads: {enabled: true}, process.uptime: {enabled: true}}"

// maxLength is the configured length at which host_probe truncates attributes.
const maxLength = 65536

// processConfigs are what users of host_metrics write. Both receivers get the same text, but for two options of host_probe:
// secrets are not masked, and only what is longer than maxLength is truncated.
var processConfigs = map[string]string{
	"defaults":          "",
	"every metric":      everyProcessMetric,
	"cgroup":            "resource_attributes: {process.cgroup: {enabled: true}, process.owner: {enabled: false}}",
	"by name":           "include: {names: [sleep, worker-1], match_type: strict}",
	"by pattern":        "include: {names: [\"^(sl|worker)\"], match_type: regexp}, exclude: {names: [\"-2$\"], match_type: regexp}",
	"without states":    "metrics: {process.cpu.time: {attributes: []}, process.disk.io: {attributes: [], aggregation_strategy: max}}",
	"muted and delayed": "mute_process_all_errors: true, mute_process_exe_error: true, scrape_process_delay: 1s",
	"by path":           "resource_attributes: {process.executable.path: {metrics_include: [{regexp: /}]}, process.command: {metrics_exclude: [{regexp: ^$}]}}",
	"one resource":      "resource_attributes: {process.executable.name: {metrics_include: [{strict: sleep}, {strict: worker-1}]}}",
}

// oneProcess is what a batch says of a process.
type oneProcess struct {
	attributes map[string]any
	start      pcommon.Timestamp
	series     map[string]series
}

// TestProcessSameAsContrib compares all that both receivers say of processes. Of this host's, those of its own must agree;
// others may do as they please in between, so contrib is scraped before and after, and only a difference that lasts counts.
func TestProcessSameAsContrib(t *testing.T) {
	t.Run("live", func(t *testing.T) {
		if alone(t) {
			compareLiveProcesses(t)
		}
	})
	for _, where := range hosts(t) {
		if where == "live" {
			continue
		}
		t.Run(where, func(t *testing.T) {
			if alone(t) {
				compareRootsProcesses(t, where)
			}
		})
	}
}

func compareLiveProcesses(t *testing.T) {
	t.Helper()
	kinds := specimens(t)
	for _, name := range slices.Sorted(maps.Keys(processConfigs)) {
		t.Run(name, func(t *testing.T) {
			assertNoneLasts(t, func() map[string]error {
				own, foreign := compareProcesses(t, processConfigs[name], kinds)
				if math.Abs(clockJump()) > 1 {
					t.Skip("the clock was set: contrib keeps the first boot time it read, and may miss new processes")
				}
				for _, err := range own {
					assert.NoError(t, err)
				}
				return foreign
			})
		})
	}
}

func compareRootsProcesses(t *testing.T, where string) {
	t.Helper()
	root := rootOf(t, where)
	if _, err := os.Stat(filepath.Join(root, "proc/1/stat")); err != nil {
		return // It has no processes.
	}
	for _, name := range slices.Sorted(maps.Keys(processConfigs)) {
		t.Run(name, func(t *testing.T) {
			theirs, ours := contribProcesses(t, root, processConfigs[name]), ourProcesses(t, root, processConfigs[name])
			for pid, their := range theirs { // Processes whose numbers some process has here.
				if our, ok := ours[pid]; assert.True(t, ok, "host_probe sees no process %d", pid) {
					for _, err := range compareProcess(their, our, their, where) {
						assert.NoError(t, err)
					}
				}
			}
			assert.True(t, len(theirs) > 0 || strings.HasPrefix(name, "by ") || name == "one resource", "the first processes of a kernel are here as well")
		})
	}
}

const processScraper = "root_path: %q\nscrapers: {process: {%s%s}}"

func contribProcesses(t *testing.T, root, options string) map[int64]oneProcess {
	t.Helper()
	return processesOf(t, sidebyside.Contrib, fmt.Sprintf(processScraper, root, "", options))
}

func ourProcesses(t *testing.T, root, options string) map[int64]oneProcess {
	t.Helper()
	return processesOf(t, sidebyside.HostProbe, fmt.Sprintf("max_attribute_length: %d\n"+processScraper, maxLength, root, "mask_command_line: false, ", options))
}

// compareProcesses finds the differences in the specimens, and those that other processes of this host may have made
// themselves.
func compareProcesses(t *testing.T, options string, kinds map[int64]string) (own, foreign map[string]error) {
	t.Helper()
	before := contribProcesses(t, "", options)
	ours := ourProcesses(t, "", options)
	after := contribProcesses(t, "", options)
	own, foreign = map[string]error{}, map[string]error{}
	seen := 0
	for pid, kind := range kinds {
		their, theirsHas := before[pid]
		our, oursHas := ours[pid]
		if theirsHas != oursHas {
			own[kind] = fmt.Errorf("%s: seen by host_metrics %v, by host_probe %v", kind, theirsHas, oursHas)
		} else if oursHas {
			seen++
			for what, err := range compareProcess(their, our, after[pid], "live") {
				own[kind+what] = fmt.Errorf("%s: %w", kind, err)
			}
		}
	}
	if seen == 0 {
		own["seen"] = errors.New("no specimen is seen")
	}
	for pid, their := range before {
		_, isOwn := kinds[pid]
		again, stays := after[pid]
		if isOwn || !stays || !startedTogether(their, again) || pid == int64(os.Getpid()) { // This one has what the receiver needs that is running.
			continue
		}
		our, ok := ours[pid]
		if !ok {
			foreign[fmt.Sprint(pid, their.start)] = fmt.Errorf("host_probe does not see process %d", pid)
			continue
		}
		for what, err := range compareProcess(their, our, again, "live") {
			foreign[fmt.Sprint(pid, their.start, what)] = err
		}
	}
	return own, foreign
}

// clockJump is by how many seconds the clock of this host was set since the test began, and so the boot time: contrib reads
// that once, and host_probe whenever it starts.
func clockJump() float64 { return bootTime() - bootTimeAtFirst }

var bootTimeAtFirst = bootTime()

func bootTime() (seconds float64) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		panic(err)
	}
	_, after, _ := strings.Cut(string(text), "\nbtime ")
	line, _, _ := strings.Cut(after, "\n")
	if seconds, err = strconv.ParseFloat(line, 64); err != nil {
		panic(err)
	}
	return seconds
}

// startedTogether reports whether both are the same process: the boot time is known to the second.
func startedTogether(a, b oneProcess) bool { return math.Abs(float64(a.start)-float64(b.start)) <= 2e9 }

func processesOf(t *testing.T, r sidebyside.Receiver, config string) map[int64]oneProcess {
	t.Helper()
	all := map[int64]oneProcess{}
	for _, rm := range batchOf(t, r, config).ResourceMetrics().All() {
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

// compareProcess finds the differences between what host_probe says of a process and what contrib said before and after,
// by what they are about. What contrib did not say twice the same was changing.
func compareProcess(before, our, after oneProcess, where string) (found map[string]error) {
	found = map[string]error{}
	pid := before.attributes["process.pid"]
	differ := func(what, format string, args ...any) {
		found[what] = fmt.Errorf("process %v: %s "+format, append([]any{pid, what}, args...)...)
	}
	for key := range our.attributes {
		if _, ok := before.attributes[key]; strings.HasPrefix(key, "process.") && !ok {
			differ(key, "is of host_probe alone")
		}
	}
	for key, want := range before.attributes {
		if want == after.attributes[key] && !sameAttribute(key, want, our.attributes[key], where) {
			differ(key, "differs") // Not printed: it may be the command line of anything that runs here.
		}
	}
	if where == "live" && !startedTogether(before, our) {
		differ("start", "%v is not %v", our.start, before.start)
	}
	drift := rounding
	if where == "live" {
		drift = driftOfProcess
	}
	for id, err := range differing(before.series, our.series, after.series, where, drift) {
		differ(id, "%w", err)
	}
	return found
}

// sameAttribute reports whether an attribute is what contrib has, but for what the differences allow.
func sameAttribute(key string, theirs, ours any, where string) bool {
	if theirs == ours || theirs == "" && ours == nil {
		return true
	}
	d := attributeDifferenceOf(key, where)
	their, isText := theirs.(string)
	our, both := ours.(string)
	return d != nil && isText && (d.agrees == nil || both && d.agrees(their, our))
}

// driftOfProcess is how far a value may lie outside of what contrib read before and after. What is counted lies between.
func driftOfProcess(s series) float64 {
	switch s.metric {
	case "process.uptime":
		return 2 // Seconds: the boot time is known to the second.
	case "process.cpu.utilization":
		return 1
	case "process.memory.usage":
		return 1 << 20 // The kernel takes pages away, and counts in batches.
	case "process.cpu.time":
		return 1e-9
	}
	return 0
}

// TestProcessesSameAsContrib: contrib counts tasks that run or are blocked, and fills up what it cannot place; the sum is
// the number of processes.
func TestProcessesSameAsContrib(t *testing.T) {
	const config = "scrapers: {processes: {}}"
	const created = "system.processes.createdmap[]"
	count := func(all map[string]series, status string) series {
		return all["system.processes.count"+fmt.Sprint(map[string]any{"status": status})]
	}
	assertNoneLasts(t, func() map[string]error {
		before := secondBatch(t, sidebyside.Contrib, config)
		listed := numProcesses(t)
		ours := secondBatch(t, sidebyside.HostProbe, config)
		after := secondBatch(t, sidebyside.Contrib, config)
		listedAfter := numProcesses(t)

		found := map[string]error{}
		between := func(what string, first, mine, last, slack float64) {
			if mine < min(first, last)-slack || mine > max(first, last)+slack {
				found[what] = fmt.Errorf("%s: %v is not between %v and %v", what, mine, first, last)
			}
		}
		for _, status := range []string{"running", "blocked", "sleeping", "idle"} {
			assert.Equal(t, count(before, status).form, count(ours, status).form)
		}
		between("sleeping", count(before, "sleeping").value, count(ours, "sleeping").value, count(after, "sleeping").value, 10)
		between("idle", count(before, "idle").value, count(ours, "idle").value, count(after, "idle").value, 5)
		sum := 0.0
		for id, s := range ours {
			if s.metric == "system.processes.count" {
				sum += s.value
				assert.Equal(t, count(before, "running").form, s.form, id)
			}
		}
		between("all", listed, sum, listedAfter, 5)
		assert.Equal(t, before[created].form, ours[created].form)
		assert.LessOrEqual(t, before[created].value, ours[created].value)
		assert.LessOrEqual(t, ours[created].value, after[created].value)
		return found
	})
}

func numProcesses(t *testing.T) (n float64) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	require.NoError(t, err)
	for _, entry := range entries {
		if _, err := strconv.Atoi(entry.Name()); err == nil {
			n++
		}
	}
	return n
}

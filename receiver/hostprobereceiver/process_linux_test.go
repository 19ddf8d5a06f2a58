// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadatatest"
)

// threeProcesses is a root with a thread of the kernel and two processes, 10 and 11.
func threeProcesses(t testing.TB) (root string) {
	t.Helper()
	root = t.TempDir()
	hosttest.Write(t, root, "proc/stat", "cpu0 1 2 3 4 5 6 7 8\nbtime 1767225600\nprocesses 99\n")
	hosttest.Write(t, root, "proc/meminfo", "MemTotal: 1000 kB\n")
	hosttest.Write(t, root, "etc/passwd", fmt.Sprintf("someone:x:%d:0::/:/bin/sh\n", os.Getuid()))
	hosttest.Write(t, root, "etc/hostname", "three\n")
	for pid, name := range map[int]string{2: "kthread", 10: "one", 11: "two"} {
		dir := fmt.Sprintf("proc/%d/", pid)
		state, size := "S", 4096
		if pid == 2 {
			state, size = "I", 0
		}
		hosttest.Write(t, root, dir+"stat", fmt.Sprintf("%d (%s) %s 1 1 1 0 -1 0 %d 0 6 0 %d00 200 0 0 20 0 3 0 1000 %d 7 0 0 0 0"+
			" 0 0 0 0 0 0 0 0 0 0 0 0 0 300 0 0\n", pid, name, state, pid, pid, size))
		hosttest.Write(t, root, dir+"statm", fmt.Sprintf("%d %d 0 0 0 0 0\n", 20*pid, pid))
		hosttest.Write(t, root, dir+"io", fmt.Sprintf("rchar: %d\nwchar: 2\nsyscr: 3\nsyscw: 4\n", pid))
		hosttest.Write(t, root, dir+"cmdline", "/bin/"+name+"\x00--token=x\x00")
		hosttest.Write(t, root, dir+"cgroup", "0::/"+name+".service\n")
		hosttest.Link(t, root, dir+"exe", "/usr/bin/"+name)
	}
	return root
}

// byProcess returns the resources of a batch by process.pid, the host's at 0, each with its points.
func byProcess(t *testing.T, batch pmetric.Metrics) (resources map[int64]map[string]any, points map[int64]map[string]point) {
	t.Helper()
	resources, points = map[int64]map[string]any{}, map[int64]map[string]point{}
	for _, rm := range batch.ResourceMetrics().All() {
		attributes := rm.Resource().Attributes().AsRaw()
		pid, _ := attributes["process.pid"].(int64)
		require.NotContains(t, resources, pid)
		one := pmetric.NewMetrics()
		rm.CopyTo(one.ResourceMetrics().AppendEmpty())
		resources[pid], points[pid] = attributes, pointsOf(t, one)
		assert.NotEmpty(t, points[pid], "a resource says something")
	}
	return resources, points
}

func TestProcess(t *testing.T) {
	set := watch(t)
	s := started(t, set.Settings, "resource_attributes: {host.id: {enabled: false}, os.description: {enabled: false}, os.type: {enabled: false}, process.cgroup: {enabled: true}}\n"+
		"scrapers: {process: {metrics: {process.threads: {enabled: true}, process.uptime: {enabled: true}, process.memory.utilization: {enabled: true}, "+
		"process.paging.faults: {enabled: true}, process.disk.operations: {enabled: true}}}, processes: {}}\nroot_path: "+threeProcesses(t))
	batch, err := s.scrape(context.Background())
	require.NoError(t, err)
	resources, points := byProcess(t, batch)
	assert.Equal(t, map[string]any{
		"host.name": "three", "process.pid": int64(10), "process.parent_pid": int64(1), "process.command": "/bin/one",
		"process.command_line": "/bin/one --token=***", "process.executable.name": "one", "process.executable.path": "/usr/bin/one",
		"process.owner": "someone", "process.cgroup": "0::/one.service",
	}, resources[10])
	assert.Equal(t, map[string]any{
		"host.name": "three", "process.pid": int64(2), "process.parent_pid": int64(1), "process.executable.name": "kthread",
		"process.owner": "someone", "process.cgroup": "0::/kthread.service",
	}, resources[2], "missing attributes are omitted")
	values := map[string]float64{}
	for id, p := range points[10] {
		assert.Equal(t, pcommon.Timestamp(1767225610e9), p.StartTimestamp(), "the process's own")
		assert.Equal(t, pcommon.Timestamp(s.snapshot.Time), p.Timestamp())
		values[id] = p.value()
	}
	uptime := values["process.uptime[]"]
	delete(values, "process.uptime[]")
	assert.InDelta(t, float64(s.snapshot.Time-1767225610e9)/1e9, uptime, 1e-6)
	assert.Equal(t, map[string]float64{
		"process.cpu.time[state:user]": 10, "process.cpu.time[state:system]": 2, "process.cpu.time[state:wait]": 3,
		"process.memory.usage[]": 10 * 4096, "process.memory.virtual[]": 200 * 4096, "process.memory.utilization[]": 10 * 4096.0 / (1000 << 10),
		"process.disk.io[direction:read]": 10, "process.disk.io[direction:write]": 2,
		"process.disk.operations[direction:read]": 3, "process.disk.operations[direction:write]": 4,
		"process.paging.faults[type:minor]": 10, "process.paging.faults[type:major]": 6, "process.threads[]": 3,
	}, values)
	assert.InDelta(t, 0, points[2]["process.memory.usage[]"].value(), 0)

	host := points[0]
	assert.ElementsMatch(t, []string{
		"system.processes.count[status:idle]", "system.processes.count[status:sleeping]", "system.processes.count[status:running]",
		"system.processes.count[status:blocked]", "system.processes.created[]",
	}, slices.Collect(maps.Keys(host)))
	assert.InDelta(t, 2, host["system.processes.count[status:sleeping]"].value(), 0)
	assert.Equal(t, pcommon.Timestamp(1767225600e9), host["system.processes.created[]"].StartTimestamp())
	assert.Equal(t, int64(3*14), counted(t, set.tel, "otelcol_hostprobe_scraper_points", "process"), "thirteen points and the uptime of three")
}

// TestProcessChoice: the processes that have a resource, and the attributes of it.
func TestProcessChoice(t *testing.T) {
	root := threeProcesses(t)
	for config, want := range map[string][]int64{
		"{include: {names: [one, kthread], match_type: strict}}":                                             {2, 10},
		"{exclude: {names: [\"^k\"], match_type: regexp}}":                                                   {10, 11},
		"{include: {names: [o], match_type: regexp}, exclude: {names: [two], match_type: strict}}":           {10},
		"{resource_attributes: {process.executable.name: {metrics_exclude: [{regexp: \"t.*\"}]}}}":           {10},
		"{resource_attributes: {process.pid: {metrics_include: [{strict: \"11\"}]}}}":                        {11},
		"{resource_attributes: {process.command: {metrics_include: [{strict: /bin/two}]}}}":                  {11},
		"{resource_attributes: {process.command_line: {metrics_exclude: [{regexp: ^$}]}}}":                   {10, 11},
		"{resource_attributes: {process.executable.path: {enabled: false, metrics_include: [{strict: x}]}}}": {2, 10, 11},
		"{scrape_process_delay: 1000000h}":                                                                   nil,
		"{include: {names: [], match_type: nonsense}, mute_process_io_error: true, top: {count: 5, by: io}}": {2, 10, 11},
	} {
		batch, err := started(t, watch(t).Settings, "scrapers: {process: "+config+"}\nroot_path: "+root).scrape(context.Background())
		require.NoError(t, err)
		resources, _ := byProcess(t, batch)
		assert.Equal(t, want, slices.Sorted(maps.Keys(resources)), "%s", config)
	}
}

func TestProcessConfigErrors(t *testing.T) {
	assertErrors(t, map[string][]string{
		"process_unknown_match_type": {`scrapers::process::include::match_type: unknown value "glob"; valid: regexp, strict`},
		"process_no_match_type":      {`scrapers::process::include::match_type: unknown value ""`},
		"process_bad_regexp":         {"scrapers::process::exclude::names[0]: `(`: error parsing regexp"},
		"process_negative_top":       {"scrapers::process::top::count: -1 is less than 0"},
		"process_unknown_order":      {`scrapers::process::top::by: unknown value "age"; valid: cpu, io, memory`},
		"process_unknown_key_of_top": {`scrapers::process::top: unknown key "n"; valid: by, count`},
		"process_negative_delay":     {"scrapers::process::scrape_process_delay: -1s is less than 0s"},
	})
}

// TestTopOfProcesses: the other processes are one sum below the host's resource.
func TestTopOfProcesses(t *testing.T) {
	set := watch(t)
	s := started(t, set.Settings, "scrapers: {process: {top: {count: 1, by: memory}}}\nroot_path: "+threeProcesses(t))
	batch, err := s.scrape(context.Background())
	require.NoError(t, err)
	resources, points := byProcess(t, batch)
	assert.Equal(t, []int64{0, 11}, slices.Sorted(maps.Keys(resources)))
	assert.NotContains(t, resources[0], "process.executable.name")
	assert.InDelta(t, 2+10, points[0]["process.cpu.time[state:user]"].value(), 1e-9)
	assert.InDelta(t, 10*4096, points[0]["process.memory.usage[]"].value(), 0)
	assert.Equal(t, pcommon.Timestamp(1767225600e9), points[0]["process.memory.usage[]"].StartTimestamp())
}

// TestProcessesCut: processes beyond max_series are counted.
func TestProcessesCut(t *testing.T) {
	set := watch(t)
	s := started(t, set.Settings, "max_series: 6\nscrapers: {process: {}}\nroot_path: "+threeProcesses(t))
	batch, err := s.scrape(context.Background())
	require.NoError(t, err)
	assert.Equal(t, 2, batch.ResourceMetrics().Len(), "three points of CPU time each")
	assert.Equal(t, int64(1), counted(t, set.tel, "otelcol_hostprobe_series_cut", "process"))
	metadatatest.AssertEqualHostprobeObjectsHidden(t, set.tel, []metricdata.DataPoint[int64]{
		{Value: 0, Attributes: attribute.NewSet(attribute.String("scraper", "process"))},
	}, metricdatatest.IgnoreTimestamp())
}

// TestProcessPanic: the process that was being recorded is not delivered.
func TestProcessPanic(t *testing.T) {
	set := watch(t)
	s := started(t, set.Settings, "scrapers: {process: {}, processes: {}}\nroot_path: "+threeProcesses(t))
	_, err := s.scrape(context.Background())
	require.NoError(t, err)
	batch := pmetric.NewMetrics()
	s.begin(batch)
	s.processes.filters = []attributeFilter{{key: "process.pid", include: nil, exclude: panicking{}}}
	s.health.begin(false)
	assert.Zero(t, s.record(context.Background(), snapshot.DomainProcess, batch))
	assert.Positive(t, s.record(context.Background(), snapshot.DomainProcesses, batch))
	assert.Equal(t, 1, batch.ResourceMetrics().Len(), "the host's alone")
	assert.ErrorContains(t, s.health.end(0), "process: record: panic: forced")
}

type panicking struct{}

func (panicking) Matches(any) bool { panic("forced") }

// TestLiveProcesses: this test finds itself among the processes of this host.
func TestLiveProcesses(t *testing.T) {
	batch, err := started(t, watch(t).Settings, "scrapers: {process: {}}").scrape(context.Background())
	require.NoError(t, err)
	resources, points := byProcess(t, batch)
	own := int64(os.Getpid())
	require.Contains(t, slices.Collect(maps.Keys(resources)), own)
	assert.Equal(t, int64(os.Getppid()), resources[own]["process.parent_pid"])
	assert.Positive(t, points[own]["process.cpu.time[state:user]"].value())
	assert.Positive(t, points[own]["process.memory.usage[]"].value())
	assert.NotContains(t, slices.Collect(maps.Keys(resources)), int64(0), "no host resource without host metrics")
}

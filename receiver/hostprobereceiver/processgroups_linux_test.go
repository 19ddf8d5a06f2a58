// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// web writes a process of the web server.
func web(t *testing.T, root string, pid, seconds, start int) {
	t.Helper()
	dir := fmt.Sprintf("proc/%d/", pid)
	hosttest.Write(t, root, dir+"stat", fmt.Sprintf("%d (nginx) S 1 1 1 0 -1 4194560 1000 0 5 0 %d00 50 0 0 20 0 3 0 %d00 4096 2500"+
		" 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n", pid, seconds, start))
	hosttest.Write(t, root, dir+"statm", "24414 2500 1000 100 0 5000 0\n")
	hosttest.Write(t, root, dir+"cmdline", "/usr/sbin/nginx\x00")
}

// threeWebServers is a root with processes 101, 102 and 103 of one program, which have used 1, 2 and 3 seconds.
func threeWebServers(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	hosttest.Write(t, root, "proc/stat", "cpu0 100000 200 30000 900000 400 50 60 70 0 0\nbtime 1790000000\n")
	hosttest.Write(t, root, "proc/meminfo", "MemTotal: 1000000 kB\n")
	hosttest.Write(t, root, "proc/uptime", "1000.00 1.00\n")
	for i := range 3 {
		web(t, root, 101+i, i+1, 500+10*i)
	}
	return root
}

// seriesOf are the points of a batch by resource, metric and attributes. None may be there twice.
func seriesOf(t *testing.T, batch pmetric.Metrics) map[string]pmetric.NumberDataPoint {
	t.Helper()
	series := map[string]pmetric.NumberDataPoint{}
	for _, rm := range batch.ResourceMetrics().All() {
		for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
			for _, dp := range numbers(t, m).All() {
				id := fmt.Sprint(rm.Resource().Attributes().AsRaw(), m.Name(), dp.Attributes().AsRaw())
				assert.NotContains(t, series, id)
				series[id] = dp
			}
		}
	}
	return series
}

// TestProcessesOfOneProgram: without process.pid the processes of a program are one resource. Its counters do not fall when one of
// them ends; what is no counter follows aggregation_strategy.
func TestProcessesOfOneProgram(t *testing.T) {
	root := threeWebServers(t)
	s := started(t, watch(t).Settings, `resource_attributes: {process.pid: {enabled: false}, process.parent_pid: {enabled: false}}
metrics:
  process.cpu.utilization: {enabled: true, aggregation_strategy: sum, attributes: []}
  process.threads: {enabled: true}
  process.uptime: {enabled: true}
  process.memory.utilization: {enabled: true}
scrapers: {process: {}}
root_path: `+root)
	values := func() (map[string]float64, pcommon.Timestamp) {
		batch, err := s.scrape(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, batch.ResourceMetrics().Len())
		v, start := map[string]float64{}, pcommon.Timestamp(0)
		for id, p := range pointsOf(t, batch) {
			v[id], start = p.value(), p.StartTimestamp()
		}
		return v, start
	}
	now, start := values()
	const resident = 2500 * 4096
	assert.Equal(t, map[string]float64{
		"process.cpu.time[state:user]": 6, "process.cpu.time[state:system]": 1.5, "process.cpu.time[state:wait]": 0,
		"process.memory.usage[]": 3 * resident, "process.memory.virtual[]": 3 * 24414 * 4096, "process.threads[]": 9,
		"process.memory.utilization[]": resident / 1024e6, "process.uptime[]": (500 + 490 + 480) / 3,
	}, now)
	assert.Equal(t, pcommon.Timestamp(1790000500e9), start, "that of the oldest")

	require.NoError(t, os.RemoveAll(filepath.Join(root, "proc/103")))
	web(t, root, 101, 2, 500)
	web(t, root, 104, 7, 600)
	now, then := values()
	assert.Equal(t, start, then)
	assert.InDelta(t, 6+1+7, now["process.cpu.time[state:user]"], 0)
	assert.InDelta(t, 3*resident, now["process.memory.usage[]"], 0)
	assert.Positive(t, now["process.cpu.utilization[]"])
}

// TestNoSeriesTwice: a batch has no series twice, whichever attribute of a process is off, and with all of them off.
func TestNoSeriesTwice(t *testing.T) {
	root := threeProcesses(t)
	web(t, root, 12, 1, 10)
	web(t, root, 13, 1, 20)
	attributes := []string{"pid", "parent_pid", "executable.name", "executable.path", "command", "command_line", "owner", "cgroup"}
	off := "process.pid: {enabled: false}"
	for i, attribute := range attributes {
		for _, top := range []int{0, 1, 2} {
			only := off
			for _, other := range attributes[1:] {
				if other != attribute {
					only += ", process." + other + ": {enabled: false}"
				}
			}
			without := off
			if i > 0 {
				without += ", process." + attribute + ": {enabled: false}"
			}
			for _, config := range []string{only, without} {
				s := started(t, watch(t).Settings, fmt.Sprintf("resource_attributes: {%s}\nscrapers: {process: {top: {count: %d}}}\nroot_path: %s", config, top, root))
				batch, err := s.scrape(t.Context())
				require.NoError(t, err)
				sum := 0.0
				for id, dp := range seriesOf(t, batch) {
					if strings.HasSuffix(id, "process.cpu.timemap[state:user]") {
						sum += dp.DoubleValue()
					}
				}
				assert.InDelta(t, 2+10+11+1+1, sum, 1e-9, "%s, top %d", config, top)
			}
		}
	}
}

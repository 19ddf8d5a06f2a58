// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// switched returns the metrics that are not as they are by default.
func switched(t *testing.T, text string) (on, off []string) {
	t.Helper()
	cfg, err := load(t, text)
	require.NoError(t, err, text)
	defaults := enabledMetrics(&Config{Metrics: metadata.DefaultMetricsConfig()})
	for metric, enabled := range enabledMetrics(cfg) {
		switch {
		case enabled && !defaults[metric]:
			on = append(on, metric)
		case !enabled && defaults[metric]:
			off = append(off, metric)
		}
	}
	slices.Sort(on)
	slices.Sort(off)
	return on, off
}

// without returns metrics but those dropped.
func without(metrics []string, dropped ...string) []string {
	return slices.DeleteFunc(slices.Clone(metrics), func(m string) bool { return slices.Contains(dropped, m) })
}

// TestMetricsOfTemplates: which metrics each template enables beyond the defaults.
func TestMetricsOfTemplates(t *testing.T) {
	full := []string{
		"process.cpu.utilization", "process.memory.utilization", "process.open_file_descriptors", "process.threads", "process.uptime",
		"system.cpu.utilization", "system.filesystem.stuck", "system.filesystem.utilization", "system.linux.memory.available",
		"system.memory.limit", "system.memory.utilization", "system.network.conntrack.count", "system.network.conntrack.max",
		"system.paging.utilization", "system.pressure.linux.stall.utilization",
	}
	for template, want := range map[string][]string{
		"custom\nscrapers: {cpu: , filesystem: , process: }": nil,
		"minimal":  nil,
		"standard": {"system.filesystem.stuck"},
		"full":     full,
		"full\nmetrics: {system.cpu.utilization: {enabled: false}}":                      without(full, "system.cpu.utilization"),
		"full\nscrapers: {process: {metrics: {process.threads: {enabled: false}}}}":      without(full, "process.threads"),
		"full\nutilization: false\nmetrics: {system.cpu.utilization: {enabled: true}}\n": without(full, without(shares, "system.cpu.utilization")...),
	} {
		on, off := switched(t, "template: "+template)
		assert.Equal(t, want, on, template)
		assert.Empty(t, off, template)
	}
}

// shares are the metrics of the key utilization.
var shares = []string{
	"process.cpu.utilization", "process.memory.utilization", "system.cpu.utilization", "system.filesystem.utilization",
	"system.memory.utilization", "system.paging.utilization",
}

// TestUtilization: the key enables the shares of the scrapers that are on, below what is said of each metric.
func TestUtilization(t *testing.T) {
	for text, want := range map[string][]string{
		"scrapers: {cpu: , disk: }":                                                                                                       {"system.cpu.utilization"},
		"scrapers: {cpu: , memory: {enabled: false}}":                                                                                     {"system.cpu.utilization"},
		"scrapers: {cpu: {metrics: {system.cpu.utilization: {enabled: false}}}, paging: }":                                                {"system.paging.utilization"},
		"template: minimal\nmetrics: {system.memory.utilization: {enabled: false}}":                                                       {"system.cpu.utilization"},
		"template: full\nmetrics: {system.pressure.linux.stall.utilization: {enabled: false}, system.filesystem.stuck: {enabled: false}}": nil,
		"scrapers: {cpu: , memory: , filesystem: , paging: , process: }":                                                                  shares,
	} {
		on, _ := switched(t, "utilization: true\n"+text)
		if want != nil {
			assert.Equal(t, want, on, text)
		} else {
			assert.Subset(t, on, shares, text)
		}
	}
	_, err := load(t, "utilization: sometimes")
	assert.ErrorContains(t, err, "utilization")
	cfg, err := load(t, "utilization: null\nscrapers: {cpu: }")
	require.NoError(t, err)
	assert.False(t, cfg.Metrics.SystemCPUUtilization.Enabled)
}

// TestTopOfFull: full lists the busiest processes; a count of its own wins, also 0 for all.
func TestTopOfFull(t *testing.T) {
	for text, want := range map[string]int{
		"template: full": topOfFull,
		"template: full\nscrapers: {process: {top: {count: 0}}}":   0,
		"template: full\nscrapers: {process: {top: {by: memory}}}": topOfFull,
		"template: standard\nscrapers: {process: }":                0,
		"scrapers: {process: }":                                    0,
	} {
		cfg, err := load(t, text)
		require.NoError(t, err)
		assert.Equal(t, want, cfg.Scrapers.Process.Top.Count, text)
	}
}

// TestKnownMetrics: a row of scrapers.go names metrics of its own scraper only.
func TestKnownMetrics(t *testing.T) {
	for i := range scrapers {
		spec := &scrapers[i]
		assert.Subset(t, spec.metrics, slices.Collect(maps.Keys(spec.enables)))
		assert.Subset(t, spec.metrics, spec.utilization)
	}
}

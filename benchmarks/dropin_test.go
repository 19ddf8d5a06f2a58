// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package benchmarks

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/benchmarks/internal/sidebyside"
)

// TestDropIn: what users write under host_metrics says the same under host_probe.
func TestDropIn(t *testing.T) {
	files, err := filepath.Glob("testdata/dropin/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			if !alone(t) {
				return
			}
			specimens(t)
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			where, config := "live", string(text)
			if strings.Contains(config, "${ROOT}") {
				where = "generated-many_t0"
				config = strings.ReplaceAll(config, "${ROOT}", rootOf(t, where))
			}
			for _, r := range []sidebyside.Receiver{sidebyside.Contrib, sidebyside.HostProbe} {
				require.NoError(t, r.Accepts(config), "as it stands in the file")
			}
			assertNoneLasts(t, func() map[string]error {
				before := formsOf(t, sidebyside.Contrib, config)
				ours := formsOf(t, sidebyside.HostProbe, config)
				found := differing(before, ours, formsOf(t, sidebyside.Contrib, config), where, func(series) float64 { return 0 })
				maps.DeleteFunc(found, func(id string, _ error) bool {
					d := attributeDifferenceOf(id, where)
					return d != nil && d.agrees == nil
				})
				return found
			})
		})
	}
}

// formsOf are the series of a second batch without their values, those of all processes as one.
func formsOf(t *testing.T, r sidebyside.Receiver, config string) map[string]series {
	t.Helper()
	all := map[string]series{}
	for _, rm := range batchOf(t, r, config).ResourceMetrics().All() {
		one := map[string]series{}
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				add(t, one, m)
			}
		}
		for id, s := range one {
			s.value = 0
			all[id] = s
		}
		for key := range rm.Resource().Attributes().All() {
			if strings.HasPrefix(key, "process.") {
				all[key] = series{key, "resource attribute", 0}
			}
		}
	}
	require.NotEmpty(t, all)
	return all
}

// TestRefusedByBoth: what contrib refuses, host_probe refuses.
func TestRefusedByBoth(t *testing.T) {
	for name, config := range map[string]string{
		"no scraper of this name":       "scrapers: {cpus: }",
		"a switch for a scraper":        "scrapers: {cpu: {enabled: often}}",
		"no option of this name":        "scrapers: {load: {per_cpu: true}}",
		"no metric of this name":        "scrapers: {cpu: {metrics: {system.cpu.times: {enabled: true}}}}",
		"a metric of another scraper":   "scrapers: {cpu: {metrics: {system.memory.usage: {enabled: true}}}}",
		"no resource attribute":         "scrapers: {process: {resource_attributes: {process.name: {enabled: true}}}}",
		"no attribute of this name":     "scrapers: {cpu: {metrics: {system.cpu.time: {attributes: [core]}}}}",
		"no strategy of this name":      "scrapers: {cpu: {metrics: {system.cpu.time: {aggregation_strategy: median}}}}",
		"an interval of nothing":        "collection_interval: 0s\nscrapers: {cpu: }",
		"an interval without unit":      "collection_interval: often\nscrapers: {cpu: }",
		"a number for a switch":         "scrapers: {load: {cpu_average: [1]}}",
		"a negative time-out":           "timeout: -1s\nscrapers: {cpu: }",
		"a relative root":               "root_path: does/not/exist\nscrapers: {cpu: }",
		"a root that is not there":      "root_path: /does/not/exist\nscrapers: {cpu: }",
		"devices without match_type":    "scrapers: {disk: {include: {devices: [sda]}}}",
		"devices that match nothing":    "scrapers: {disk: {exclude: {devices: ['('], match_type: regexp}}}",
		"match_type of another kind":    "scrapers: {disk: {exclude: {devices: [sda], match_type: glob}}}",
		"interfaces without match_type": "scrapers: {network: {exclude: {interfaces: [lo]}}}",
		"interfaces, no pattern":        "scrapers: {network: {include: {interfaces: ['['], match_type: regexp}}}",
		"names without match_type":      "scrapers: {process: {include: {names: [sh]}}}",
		"names, no pattern":             "scrapers: {process: {exclude: {names: ['*'], match_type: regexp}}}",
		"mount points, no pattern":      "scrapers: {filesystem: {include_mount_points: {mount_points: ['['], match_type: regexp}}}",
		"file systems without type":     "scrapers: {filesystem: {exclude_fs_types: {fs_types: [tmpfs]}}}",
		"devices of mounts, no pattern": "scrapers: {filesystem: {exclude_devices: {devices: ['+'], match_type: regexp}}}",
		"a delay without unit":          "scrapers: {process: {scrape_process_delay: soon}}",
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, sidebyside.Contrib.Accepts(config), "the test has it wrong")
			assert.Error(t, sidebyside.HostProbe.Accepts(config), "host_metrics refuses %q", config)
		})
	}
}

// TestUnknownKey: contrib ignores what is beside scrapers and has no meaning, as the migration guide says.
func TestUnknownKey(t *testing.T) {
	const config = "colection_interval: 1s\nscrapers: {cpu: }"
	require.NoError(t, sidebyside.Contrib.Accepts(config))
	require.ErrorContains(t, sidebyside.HostProbe.Accepts(config), "colection_interval")
}

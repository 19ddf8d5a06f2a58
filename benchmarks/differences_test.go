// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package benchmarks

import (
	"math"
	"slices"
)

// difference is one deliberate difference between the receivers: a row of docs/migrate-from-host_metrics.md.
type difference struct {
	metrics []string
	where   []string
	why     string
	// agrees says whether the two values differ as they should; nil where they have nothing to do with each other.
	agrees func(theirs, ours float64) bool
}

var roots = []string{"captured", "big"}

var differences = []difference{
	{
		metrics: []string{"system.paging.faults"}, where: roots,
		why:    "gopsutil multiplies counts by 4096",
		agrees: func(theirs, ours float64) bool { return theirs == 4096*ours },
	},
	{
		metrics: []string{"system.paging.operations"}, where: roots,
		why: "gopsutil multiplies pages and KiB by 4096: host_probe has both in pages",
		agrees: func(theirs, ours float64) bool {
			return theirs == 4096*ours || math.Floor(theirs/4096/4) == ours
		},
	},
	{
		metrics: []string{"system.paging.faults", "system.paging.operations"}, where: []string{"live"},
		why:    "the same, while the host goes on",
		agrees: func(theirs, ours float64) bool { return theirs >= ours },
	},
	{
		metrics: []string{"system.paging.usage", "system.paging.utilization"}, where: roots,
		why: "contrib reads this host's /proc/swaps, whatever root_path says",
	},
	{
		metrics: []string{"system.uptime"}, where: roots,
		why: "contrib asks this host's kernel, whatever root_path says",
	},
	{
		metrics: []string{"system.cpu.logical.count", "system.cpu.physical.count"}, where: roots,
		why: "contrib counts this host's CPUs, whatever root_path says",
	},
	{
		metrics: []string{"system.cpu.frequency"}, where: roots,
		why: "contrib reads this host's /proc/cpuinfo, whatever root_path says",
	},
	{
		metrics: []string{"system.cpu.load_average.1m", "system.cpu.load_average.5m", "system.cpu.load_average.15m"}, where: []string{"big"},
		why: "with cpu_average, contrib divides by the CPUs that the collector may run on, host_probe by the host's",
		agrees: func(theirs, ours float64) bool {
			return theirs == ours || theirs > ours && ours > 0
		},
	},
}

// differenceOf is the row for a metric, nil if both must say the same.
func differenceOf(metric, where string) *difference {
	for i := range differences {
		if d := &differences[i]; slices.Contains(d.metrics, metric) && slices.Contains(d.where, where) {
			return d
		}
	}
	return nil
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package benchmarks

import (
	"math"
	"math/bits"
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
		metrics: []string{"system.network.connections"}, where: roots,
		why:    "contrib has FIN_WAIT_1, FIN_WAIT_2 and DELETE, which are always 0, where the kernel says FIN_WAIT1 and FIN_WAIT2",
		agrees: func(theirs, ours float64) bool { return theirs == ours },
	},
	{
		metrics: []string{"system.network.connections"}, where: []string{"live"},
		why:    "the same, while sockets come and go",
		agrees: func(theirs, ours float64) bool { return math.Abs(theirs-ours) <= 100+ours/2 },
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
	{
		metrics: []string{"process.memory.utilization"}, where: []string{"live", "big"},
		why:    "contrib has percent, in 32 bits, under the unit 1",
		agrees: func(theirs, ours float64) bool { return math.Abs(theirs/100-ours) < 0.02 },
	},
	{
		metrics: []string{"process.signals_pending"}, where: []string{"live", "big"},
		why: "contrib takes the set of pending signals for their number",
		agrees: func(theirs, ours float64) bool {
			return math.Abs(float64(bits.OnesCount64(uint64(theirs)))-ours) <= 2
		},
	},
	{
		metrics: []string{"process.uptime"}, where: []string{"big"},
		why: "in a container contrib takes the boot time from the time now and the uptime, host_probe what the kernel says it was",
	},
	{
		metrics: []string{"process.context_switches", "process.cpu.utilization"}, where: []string{"big"},
		why: "contrib sees a process below a root while some process has its number here, and lists the threads of one that has none",
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

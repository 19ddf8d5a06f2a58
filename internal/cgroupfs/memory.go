// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// MemoryEvents is what is used of memory.events of version 2, and of memory.oom_control of version 1, which has the same
// key since Linux 4.13. The first counts in the groups below too, the second in the group alone.
//
//	oom 3                         oom_kill_disable 0
//	oom_kill 2                    under_oom 0
//	oom_group_kill 0              oom_kill 2
//
// Source: Documentation/admin-guide/cgroup-v2.rst, "Memory Interface Files"; cgroup-v1/memory.rst, "OOM Control".
type MemoryEvents struct {
	OOMKill Number // Processes killed.

	bad scan.LineError
}

// Parse reads the text of either file. The error is nil or a *scan.LineError, valid until the next Parse.
func (m *MemoryEvents) Parse(b []byte) error {
	*m = MemoryEvents{}
	parseKeys(b, &m.bad, func(key []byte) keyed {
		if string(key) == "oom_kill" {
			return keyed{&m.OOMKill, "oom_kill", math.MaxInt64}
		}
		return keyed{}
	})
	return m.bad.Err()
}

// MemoryStat is what is used of memory.stat of version 1: the tightest limit of the group and of those above it that
// count what is below them (memory.use_hierarchy), also of groups that cannot be seen from here. It is unknown where
// no limit is set.
//
//	hierarchical_memory_limit 9223372036854771712
//
// Source: Documentation/admin-guide/cgroup-v1/memory.rst, 5.2 "stat file".
type MemoryStat struct {
	HierarchicalMemoryLimit Number

	bad scan.LineError
}

// Parse reads the text of memory.stat. The error is nil or a *scan.LineError, valid until the next Parse.
func (m *MemoryStat) Parse(b []byte) error {
	*m = MemoryStat{}
	parseKeys(b, &m.bad, func(key []byte) keyed {
		if string(key) == "hierarchical_memory_limit" {
			return keyed{&m.HierarchicalMemoryLimit, "hierarchical_memory_limit", math.MaxUint64}
		}
		return keyed{}
	})
	if limit := &m.HierarchicalMemoryLimit; limit.Known && isUnlimited(limit.N) {
		*limit = Number{}
	}
	return m.bad.Err()
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	memoryEventsText = "low 0\nhigh 0\nmax 5\noom 3\noom_kill 2\noom_group_kill 0\n"
	memoryStatText   = "cache 180224\nrss 0\nhierarchical_memory_limit 104857600\nhierarchical_memsw_limit 9223372036854771712\ntotal_cache 180224\n"
)

func TestMemoryEvents(t *testing.T) {
	var m MemoryEvents
	malformed(t, &m, memoryEventsText, 0, 0)
	assert.Equal(t, Number{2, true}, m.OOMKill)
	malformed(t, &m, "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n", 0, 0)
	assert.Equal(t, Number{7, true}, m.OOMKill, "memory.oom_control")
	malformed(t, &m, "oom_kill_disable 0\nunder_oom 0\n", 0, 0)
	assert.False(t, m.OOMKill.Known, "before Linux 4.13")
	malformed(t, &m, "oom 1\noom_kill x\n", 2, 1)
	implausible(t, &m, "oom_kill 18446744073709551615\n", "oom_kill", 0)
	assert.False(t, m.OOMKill.Known)
}

func TestMemoryStat(t *testing.T) {
	var m MemoryStat
	malformed(t, &m, memoryStatText, 0, 0)
	assert.Equal(t, Number{104857600, true}, m.HierarchicalMemoryLimit)
	malformed(t, &m, "hierarchical_memory_limit 9223372036854771712\n", 0, 0)
	assert.Equal(t, Number{}, m.HierarchicalMemoryLimit, "no limit")
	malformed(t, &m, "cache 1\nhierarchical_memory_limit max\n", 2, 1)
}

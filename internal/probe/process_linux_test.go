// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// writeStat writes /proc/PID/stat of a process with 100 times its pid as numbers, started ticks after boot.
func writeStat(t testing.TB, root string, pid int, comm, state string, ticks, vsize, stack int) {
	t.Helper()
	hosttest.Write(t, root, fmt.Sprintf("proc/%d/stat", pid), fmt.Sprintf("%d (%s) %s 1 1 1 0 -1 0 %d 0 %d 0 %d %d 0 0 20 0 1 0 %d %d 7 0 0 0 %d"+
		" 0 0 0 0 0 0 0 0 0 0 0 0 0 %d 0 0\n", pid, comm, state, 100*pid+1, 100*pid+2, 100*pid+3, 100*pid+4, ticks, vsize, stack, 100*pid+5))
}

func TestStatuses(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/stat", "cpu0 1 2 3 4 5 6 7 8\nbtime 1767225600\nprocesses 99\n")
	for i, state := range strings.Split("D I R T t W Z X P", " ") {
		writeStat(t, root, 20+i, "x", state, 5, 0, 0)
	}
	var s snapshot.Snapshot
	p := open(t, Options{Root: root, Want: Want{ProcessCounts: true, ProcessesCreated: true}})
	p.Begin(&s, 1)
	require.Empty(t, p.Read(t.Context(), snapshot.DomainProcesses))
	assert.Equal(t, [snapshot.NumProcessStatuses]uint64{
		snapshot.StatusBlocked: 1, snapshot.StatusIdle: 1, snapshot.StatusRunning: 1, snapshot.StatusStopped: 2, snapshot.StatusPaging: 1,
		snapshot.StatusZombie: 1, snapshot.StatusUnknown: 2,
	}, s.Processes.ByStatus)
	assert.Equal(t, snapshot.Known(99), s.Processes.Created)
}

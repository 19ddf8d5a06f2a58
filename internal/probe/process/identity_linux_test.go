// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestIdentityIsRefreshed: an identity is read again when the name or the stack changes, when another process has the PID, and
// every refreshEvery scrapes.
func TestIdentityIsRefreshed(t *testing.T) {
	root := processHost(t)
	p := open(t, options{root: root}, wholeProcess)
	var s snapshot.Snapshot
	command := func() string {
		require.Empty(t, readProcesses(t, p, &s))
		for _, one := range s.ProcessList.List {
			if one.PID == 10 {
				return one.Command
			}
		}
		return "gone"
	}
	assert.Equal(t, "/usr/bin/one", command())
	command() // The identity of a new process is read twice.
	for i, change := range []func(){
		func() { writeStat(t, root, 10, "other", "S", 1010, 4096, 77) },
		func() { writeStat(t, root, 10, "other", "S", 1010, 4096, 88) },
		func() { writeStat(t, root, 10, "other", "S", 1011, 4096, 88) },
	} {
		now := fmt.Sprintf("command-%d", i)
		hosttest.Write(t, root, "proc/10/cmdline", now+"\x00")
		change()
		assert.Equal(t, now, command())
	}
	assert.Equal(t, int64(1767225600e9+1011*1e7), s.ProcessList.List[0].Start)

	command()
	hosttest.Write(t, root, "proc/10/cmdline", "unseen\x00")
	refreshed := 0
	for range refreshEvery {
		if command() == "unseen" {
			refreshed++
		}
	}
	assert.Positive(t, refreshed, "every refreshEvery scrapes")
	hosttest.Write(t, root, "etc/passwd", fmt.Sprintf("renamed:x:%d:0::/:/bin/sh\n", os.Getuid()))
	command()
	assert.Equal(t, "renamed", s.ProcessList.List[0].Owner)

	require.NoError(t, os.RemoveAll(root+"/proc/10"))
	assert.Equal(t, "gone", command())
	assert.Equal(t, 1, p.source.processes.known.Len(), "its record is evicted")
}

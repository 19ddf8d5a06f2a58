// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package process

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/hosttest/mutefs"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// serveFile mounts a file with this text, which a FUSE server serves, over the file at name below root.
func serveFile(t *testing.T, root, name, text string) *mutefs.Server {
	t.Helper()
	files := t.TempDir()
	hosttest.Write(t, files, "file", text)
	server := mutefs.Files(t, files)
	at := filepath.Join(root, name)
	require.NoError(t, unix.Mount(filepath.Join(server.Mounts[0], "file"), at, "", unix.MS_BIND, ""))
	t.Cleanup(func() { assert.NoError(t, unix.Unmount(at, unix.MNT_DETACH)) })
	return server
}

// TestUsersServerHangs: etc/passwd below a root may be on a file server. While that is unresponsive, owners are unknown.
func TestUsersServerHangs(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	root := t.TempDir()
	hosttest.Write(t, root, "etc/passwd", "")
	server := serveFile(t, root, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
	var s snapshot.Snapshot
	p := open(t, options{root: root, timeout: 50 * time.Millisecond}, snapshot.Want{Process: snapshot.ProcessWant{Owner: true}})
	users := newUsers(p.host)
	name := func() string {
		began := time.Now()
		p.Begin(&s, began.UnixNano())
		users.refresh(&p.Scrape)
		assert.Less(t, time.Since(began), time.Second, "a scrape waits for one deadline")
		return users.name(0)
	}
	for range 2 {
		assert.Equal(t, "root", name())
	}
	server.Hang(t)
	for range 2 {
		assert.Empty(t, name())
	}
	server.Resume(t)
	require.Eventually(t, func() bool { return name() == "root" }, 10*time.Second, 10*time.Millisecond)
}

// TestIOThatWaits: before Linux 5.7, io of a process whose program is being read from an unresponsive file server costs one
// deadline, once, and drops only its own values. They are reported again when the file server responds.
func TestIOThatWaits(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	root := processHost(t)
	server := serveFile(t, root, "proc/11/io", "rchar: 111\nwchar: 1\nsyscr: 1\nsyscw: 1\n")
	p := open(t, options{root: root, timeout: 50 * time.Millisecond}, wholeProcess)
	p.source.ioHead = newHeadReader(p.host.Calls, "/io", maxIOText)
	server.Hang(t)
	var s snapshot.Snapshot
	for range 3 {
		faults := readProcesses(t, p, &s)
		require.Len(t, faults, 1)
		assert.Equal(t, source.Timeout, faults[0].Reason)
		require.Len(t, s.ProcessList.List, 2)
		assert.Equal(t, snapshot.Known(101), s.ProcessList.List[0].Counters[snapshot.ProcessReadBytes])
		assert.False(t, s.ProcessList.List[1].Counters[snapshot.ProcessReadBytes].Known)
		assert.True(t, s.ProcessList.List[1].Resident.Known, "the other files of the process are read")
		assert.Len(t, p.source.ioHead.stuck, 1)
	}
	server.Resume(t)
	require.Eventually(t, func() bool { return len(readProcesses(t, p, &s)) == 0 }, 5*time.Second, time.Millisecond)
	assert.Equal(t, snapshot.Known(111), s.ProcessList.List[1].Counters[snapshot.ProcessReadBytes])
	assert.Empty(t, p.source.ioHead.stuck)
}

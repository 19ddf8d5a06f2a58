// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package probe

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
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

// byLXCFS is what lxcfs puts files and a directory of its own over.
var byLXCFS = []string{
	"proc/stat", "proc/meminfo", "proc/cpuinfo", "proc/loadavg", "proc/swaps", "proc/uptime", "proc/diskstats", "sys/devices/system/cpu",
}

// behind lets a server serve what lxcfs serves below root.
func behind(t *testing.T, root string) *mutefs.Server {
	t.Helper()
	files := t.TempDir()
	require.NoError(t, os.CopyFS(files, os.DirFS(root)))
	server := mutefs.Files(t, files)
	for _, name := range byLXCFS {
		at := filepath.Join(root, name)
		require.NoError(t, unix.Mount(filepath.Join(server.Mounts[0], name), at, "", unix.MS_BIND, ""))
		t.Cleanup(func() { assert.NoError(t, unix.Unmount(at, unix.MNT_DETACH)) })
	}
	return server
}

var likeLXCFS = []snapshot.Domain{
	snapshot.DomainCPU, snapshot.DomainMemory, snapshot.DomainLoad, snapshot.DomainPaging, snapshot.DomainDisk, snapshot.DomainSystem,
	snapshot.DomainPressure, snapshot.DomainNetwork,
}

// takeServed takes a snapshot and returns the sources that were not read, by their reasons.
func takeServed(p *reader, s *snapshot.Snapshot) (took time.Duration, wrong map[source.Reason][]string) {
	began := time.Now()
	wrong = map[source.Reason][]string{}
	p.Begin(s, began.UnixNano())
	for _, d := range likeLXCFS {
		for _, f := range p.Read(context.Background(), d) {
			wrong[f.Reason] = append(wrong[f.Reason], f.Source)
		}
	}
	for reason := range maps.Keys(wrong) {
		slices.Sort(wrong[reason])
	}
	return time.Since(began), wrong
}

// TestServerHangs: a hung file server costs the values of its files, and at most one deadline, once. They are back when it
// has recovered.
func TestServerHangs(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	root := manyCPUs(t)
	server := behind(t, root)
	var s snapshot.Snapshot
	p := open(t, Options{Root: root, CallTimeout: time.Second}, everything)
	for range 2 {
		_, wrong := takeServed(p, &s)
		require.Empty(t, wrong)
	}
	assert.Len(t, s.CPU.Online, 16)
	assert.Equal(t, snapshot.Known(8), s.CPU.PhysicalCount)

	server.Hang(t)
	for scrape := range 3 {
		took, wrong := takeServed(p, &s)
		assert.Less(t, took, 2*time.Second, "one deadline for all")
		if scrape > 0 {
			assert.Less(t, took, 500*time.Millisecond, "no scrape waits for a file that is known to hang")
		}
		assert.Equal(t, map[source.Reason][]string{source.Timeout: {
			"proc/cpuinfo", "proc/diskstats", "proc/loadavg", "proc/meminfo", "proc/stat", "proc/stat", "proc/swaps", "proc/uptime",
		}}, wrong)
		assert.True(t, s.Filled.Has(snapshot.DomainPressure))
		assert.Len(t, s.Network.Interfaces, 2)
		assert.True(t, s.Paging.FaultsMajor.Known, "of vmstat, which is not mounted from the server")
		assert.NotZero(t, s.BootTime)
	}

	fresh := open(t, Options{Root: root, CallTimeout: time.Second}, everything)
	took, wrong := takeServed(fresh, &s)
	assert.Less(t, took, 2*time.Second, "nor does who has never read them")
	assert.Contains(t, wrong[source.Timeout], "proc/meminfo")
	assert.Len(t, s.Network.Interfaces, 2)
	began := time.Now()
	fresh.Close()
	assert.Less(t, time.Since(began), time.Second)

	server.Resume(t)
	require.Eventually(t, func() bool {
		_, wrong := takeServed(p, &s)
		return len(wrong) == 0
	}, 10*time.Second, 10*time.Millisecond)
	assert.Len(t, s.CPU.Online, 16)
	assert.Equal(t, snapshot.Known(8), s.CPU.PhysicalCount)

	server.Kill()
	took, wrong = takeServed(p, &s)
	assert.Less(t, took, 500*time.Millisecond)
	assert.Len(t, wrong[source.Failed], 8, "ENOTCONN")
	assert.Len(t, s.Network.Interfaces, 2)
}

// TestServerHangsForWhatIsMissing: a server that has said that there is no such file may hang the next time.
func TestServerHangsForWhatIsMissing(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	root := t.TempDir()
	hosttest.Write(t, root, "proc/meminfo", "MemTotal: 1 kB\n")
	server := mutefs.Files(t, root)
	var s snapshot.Snapshot
	p := open(t, Options{Root: server.Mounts[0], CallTimeout: time.Second}, everything)
	read := func(d snapshot.Domain) source.Reason {
		t.Helper()
		began := time.Now()
		p.Begin(&s, began.UnixNano())
		faults := p.Read(context.Background(), d)
		assert.Less(t, time.Since(began), 2*time.Second)
		require.NotEmpty(t, faults)
		return faults[0].Reason
	}
	for range 2 {
		assert.Equal(t, source.Unavailable, read(snapshot.DomainLoad))
	}
	server.Hang(t)
	for range 2 {
		assert.Equal(t, source.Timeout, read(snapshot.DomainLoad))
	}
	server.Resume(t)
	require.Eventually(t, func() bool { return read(snapshot.DomainLoad) == source.Unavailable }, 10*time.Second, 10*time.Millisecond)
}

// TestServerWithoutStatfs: neither does a server hold the scrape that cannot say what file system it is.
func TestServerWithoutStatfs(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	root := manyCPUs(t)
	server := mutefs.BareFiles(t, root)
	p := open(t, Options{Root: server.Mounts[0], CallTimeout: time.Second}, everything)
	var s snapshot.Snapshot
	_, wrong := takeServed(p, &s)
	require.Empty(t, wrong)
	server.Hang(t)
	rescue := time.AfterFunc(5*time.Second, server.Kill) // Or who waits would wait for ever.
	defer rescue.Stop()
	began := time.Now()
	p.Begin(&s, began.UnixNano())
	p.Read(context.Background(), snapshot.DomainMemory)
	assert.Less(t, time.Since(began), 2*time.Second)
}

// TestFirstReadHasItsOwnBudget: a server that is slow when it is first read, as one that has to start, is not given up because
// another one has used up the scrape's time.
func TestFirstReadHasItsOwnBudget(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	root := manyCPUs(t)
	servers := map[string]*mutefs.Server{}
	for _, name := range []string{"proc/meminfo", "proc/loadavg"} {
		files := t.TempDir()
		require.NoError(t, os.CopyFS(files, os.DirFS(root)))
		servers[name] = mutefs.Files(t, files)
		at := filepath.Join(root, name)
		require.NoError(t, unix.Mount(filepath.Join(servers[name].Mounts[0], name), at, "", unix.MS_BIND, ""))
		t.Cleanup(func() { assert.NoError(t, unix.Unmount(at, unix.MNT_DETACH)) })
	}
	var s snapshot.Snapshot
	p := open(t, Options{Root: root, CallTimeout: 2 * time.Second}, everything)
	p.Begin(&s, 1)
	require.Empty(t, p.Read(t.Context(), snapshot.DomainMemory))

	for _, server := range servers {
		server.Hang(t)
	}
	p.Begin(&s, 2)
	faults := p.Read(t.Context(), snapshot.DomainMemory)
	require.Len(t, faults, 1)
	assert.Equal(t, source.Timeout, faults[0].Reason)
	load := make(chan []source.Fault)
	go func() { load <- p.Read(context.Background(), snapshot.DomainLoad) }()
	time.Sleep(300 * time.Millisecond) // Many times what a call gets when no time is left.
	servers["proc/loadavg"].Resume(t)
	assert.Empty(t, <-load)
	assert.True(t, s.Filled.Has(snapshot.DomainLoad))
	servers["proc/meminfo"].Resume(t)
}

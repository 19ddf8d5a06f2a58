// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package filesystem

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/hosttest/mutefs"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

func mountTmpfs(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(path, 0o755))
	require.NoError(t, unix.Mount("tmpfs", path, "tmpfs", 0, "size=1m"))
	t.Cleanup(func() { unmount(t, path) })
}

func unmount(t *testing.T, path string) {
	t.Helper()
	assert.NoError(t, unix.Unmount(path, unix.MNT_DETACH), "%q", path)
}

// allMounts returns a reader of all mounts. The timeout is that of a call, 0 for the default.
func allMounts(t *testing.T, timeout time.Duration) (*sourcetest.Reader, *Source) {
	t.Helper()
	s := New(sourcetest.Open(t, source.Options{Timeout: timeout}), &Options{Virtual: true})
	return newReader(s), s
}

// paths returns the mounts of a snapshot by their mount points.
func paths(s *snapshot.Snapshot) map[string]snapshot.Mount {
	byPath := map[string]snapshot.Mount{}
	for _, m := range s.Filesystem.Mounts {
		byPath[m.MountPoint] = m
	}
	return byPath
}

// hungNow returns for each mount that has ever hung whether it hangs.
func hungNow(s *snapshot.Snapshot) map[string]bool {
	now := map[string]bool{}
	for i := range s.Filesystem.Hung {
		one := &s.Filesystem.Hung[i]
		now[one.Mount.MountPoint] = one.Stuck
	}
	return now
}

// all maps every path to value.
func all(paths []string, value bool) map[string]bool {
	m := map[string]bool{}
	for _, path := range paths {
		m[path] = value
	}
	return m
}

// TestHungMounts: hung mounts cost their own points and one deadline, once, and recover when statfs returns.
func TestHungMounts(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	for _, hung := range []int{1, 50} {
		t.Run(fmt.Sprint(hung), func(t *testing.T) {
			var s snapshot.Snapshot
			p, mounts := allMounts(t, time.Second)
			require.Empty(t, takeMounts(p, &s))
			require.Empty(t, s.Filesystem.Hung)
			healthy := len(s.Filesystem.Mounts)
			server := mutefs.Mount(t, hung)
			for scrape := range 4 {
				began := time.Now()
				faults := takeMounts(p, &s)
				assert.Less(t, time.Since(began), 2*time.Second)
				if scrape > 0 {
					assert.Less(t, time.Since(began), 500*time.Millisecond, "no scrape waits for a pending call")
				}
				require.Len(t, faults, hung)
				for _, f := range faults {
					assert.Equal(t, source.Timeout, f.Reason, f.Source)
				}
				assert.EqualValues(t, hung, s.Filesystem.Stuck)
				assert.Equal(t, all(server.Mounts, true), hungNow(&s))
				assert.Len(t, s.Filesystem.Mounts, healthy, "the other mounts are reported")
			}
			server.Answer(t)
			calls := mounts.host.Calls
			require.Eventually(t, func() bool { _, stuck := calls.Counts(); return stuck == 0 }, 10*time.Second, time.Millisecond)
			for range 2 {
				takeMounts(p, &s)
			}
			assert.Empty(t, takeMounts(p, &s))
			assert.Zero(t, s.Filesystem.Stuck)
			assert.Len(t, s.Filesystem.Mounts, healthy+hung, "they recover without a restart")
			assert.Equal(t, snapshot.MountUsage{Known: true, Used: mutefs.Size}, paths(&s)[server.Mounts[0]].Usage)
			assert.Equal(t, all(server.Mounts, false), hungNow(&s))
		})
	}
}

// TestStatfsOfFUSE: negative numbers are 0, and impossible numbers are omitted; both arrive as the server returns them.
func TestStatfsOfFUSE(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	const below = math.MaxUint64 // minus 1
	usage := func(used, free, reserved uint64) snapshot.MountUsage {
		return snapshot.MountUsage{Known: true, Used: used * 4096, Free: free * 4096, Reserved: reserved * 4096}
	}
	inodes := snapshot.MountInodes{Known: true, Used: 500, Free: 500}
	for name, tt := range map[string]struct {
		statfs fuse.StatfsOut
		usage  snapshot.MountUsage
		inodes snapshot.MountInodes
		err    error
	}{
		"over":      {fuse.StatfsOut{Blocks: 1e6, Bfree: below - 4, Bavail: below - 4, Files: 1000, Ffree: 500}, usage(1e6, 0, 0), inodes, nil},
		"reserve":   {fuse.StatfsOut{Blocks: 1e6, Bfree: 50000, Bavail: below - 1999, Files: 1000, Ffree: 500}, usage(950000, 0, 50000), inodes, nil},
		"inodes":    {fuse.StatfsOut{Blocks: 1e6, Bfree: 5, Bavail: 4, Files: 1 << 63, Ffree: 1 << 62}, usage(1e6-5, 4, 1), snapshot.MountInodes{}, errImpossibleInodes},
		"too large": {fuse.StatfsOut{Blocks: 1 << 60, Bfree: 5, Bavail: 4, Files: 1000, Ffree: 500}, snapshot.MountUsage{}, inodes, errImpossibleUsage},
	} {
		tt.statfs.Bsize, tt.statfs.Frsize = 4096, 4096
		server := mutefs.Statfs(t, &tt.statfs)
		at := server.Mounts[0]
		p := open(t, source.Options{}, Options{Virtual: true, Keep: func(_, _, path string) bool { return path == at }})
		var s snapshot.Snapshot
		faults := takeMounts(p, &s)
		require.Contains(t, paths(&s), at, name)
		got := paths(&s)[at]
		assert.Equal(t, tt.usage, got.Usage, name)
		assert.Equal(t, tt.inodes, got.Inodes, name)
		if tt.err == nil {
			assert.Empty(t, faults, name)
			continue
		}
		assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "mount " + at, Reason: source.Malformed, Err: tt.err}}, faults)
		hosttest.NoAllocs(t, func() { takeMounts(p, &s) })
	}
}

// TestDeadServer: statfs of the mounts of a killed FUSE server returns ENOTCONN.
func TestDeadServer(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	server := mutefs.Mount(t, 1)
	server.Kill()
	var s snapshot.Snapshot
	p, _ := allMounts(t, 0)
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "mount " + server.Mounts[0], Reason: source.Failed, Err: unix.ENOTCONN}},
		takeMounts(p, &s))
	assert.NotEmpty(t, s.Filesystem.Mounts)
}

// TestMountsChange: the list is updated when mounts change between two scrapes, and only then.
func TestMountsChange(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	dir := t.TempDir()
	var s snapshot.Snapshot
	p, _ := allMounts(t, 0)
	require.Empty(t, takeMounts(p, &s))
	before := len(s.Filesystem.Mounts)
	names := []string{"a b", "a\tb", "a\nb", `a\b`, `a\040b`, "a\xffb", "a#b", "日本", `a"b`}
	for _, name := range names {
		mountTmpfs(t, dir+"/"+name)
	}
	require.Empty(t, takeMounts(p, &s))
	assert.Len(t, s.Filesystem.Mounts, before+len(names))
	for _, name := range []string{"a b", `a\x09b`, `a\x0ab`, `a\b`, `a\040b`, `a\xffb`, "a#b", "日本", `a"b`} {
		m, ok := paths(&s)[dir+"/"+name]
		assert.True(t, ok, name)
		assert.EqualValues(t, 1<<20, m.Usage.Used+m.Usage.Free+m.Usage.Reserved, "%s is the mounted filesystem", name)
	}
	hosttest.NoAllocs(t, func() { takeMounts(p, &s) })

	require.NoError(t, unix.Mount("", dir+"/a b", "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	require.Empty(t, takeMounts(p, &s))
	assert.Equal(t, "ro", paths(&s)[dir+"/a b"].Mode)

	mountTmpfs(t, dir+"/over/below")
	mountTmpfs(t, dir+"/over")
	mountTmpfs(t, dir+"/twice")
	require.NoError(t, unix.Mount("other", dir+"/twice", "tmpfs", 0, "size=2m"))
	require.Empty(t, takeMounts(p, &s))
	assert.NotContains(t, paths(&s), dir+"/over/below", "its path is covered")
	assert.Contains(t, paths(&s), dir+"/over")
	twice := paths(&s)[dir+"/twice"]
	assert.Equal(t, "other", twice.Device, "the mount on top")
	assert.EqualValues(t, 2<<20, twice.Usage.Used+twice.Usage.Free)
	unmount(t, dir+"/twice")
	require.Empty(t, takeMounts(p, &s))
	assert.Equal(t, "tmpfs", paths(&s)[dir+"/twice"].Device)
}

// TestAnotherFilesystem: a mount is omitted if its path leads to another filesystem for the collector than for the host's
// first process.
func TestAnotherFilesystem(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	dir := t.TempDir()
	mountTmpfs(t, dir)
	p, of := allMounts(t, 0)
	var s snapshot.Snapshot
	require.Empty(t, takeMounts(p, &s))
	require.Contains(t, paths(&s), dir)
	for _, m := range of.list.mounts {
		if m.path == dir {
			m.minor++
		}
	}
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "mount " + dir, Reason: source.Unavailable, Err: errOtherFilesystem}}, takeMounts(p, &s))
	assert.NotContains(t, paths(&s), dir)
}

// TestAutofs has an autofs mount whose daemon is unresponsive. A scrape does not trigger it.
func TestAutofs(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	dir := t.TempDir()
	var pipe [2]int
	require.NoError(t, unix.Pipe2(pipe[:], unix.O_NONBLOCK))
	defer unix.Close(pipe[0])
	defer unix.Close(pipe[1])
	daemon := exec.Command("sleep", "60") // The process group of the daemon does not trigger autofs; that of the test does.
	daemon.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, daemon.Start())
	t.Cleanup(func() { _ = daemon.Process.Kill(); _ = daemon.Wait() })
	options := fmt.Sprintf("fd=%d,pgrp=%d,minproto=5,maxproto=5,direct", pipe[1], daemon.Process.Pid)
	require.NoError(t, unix.Mount("auto", dir, "autofs", 0, options))
	t.Cleanup(func() { unmount(t, dir) })
	var s snapshot.Snapshot
	p, _ := allMounts(t, time.Second)
	assert.Empty(t, takeMounts(p, &s))
	assert.NotContains(t, paths(&s), dir)
	var packet [1]byte
	_, err := unix.Read(pipe[0], packet[:])
	assert.ErrorIs(t, err, unix.EAGAIN, "the kernel sent no request to the daemon")
}

// TestManyMounts has 5,000 mounts: the steady state allocates nothing for them.
func TestManyMounts(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	const many = 5000
	dir := t.TempDir()
	mountTmpfs(t, dir)
	for i := range many {
		path := fmt.Sprintf("%s/%d", dir, i)
		require.NoError(t, os.Mkdir(path, 0o755))
		require.NoError(t, unix.Mount("tmpfs", path, "tmpfs", 0, "size=4k"))
	}
	p, _ := allMounts(t, 4*time.Second)
	var s snapshot.Snapshot
	require.Empty(t, takeMounts(p, &s))
	assert.Greater(t, len(s.Filesystem.Mounts), many)
	hosttest.NoAllocs(t, func() { takeMounts(p, &s) })
	assert.Greater(t, len(s.Filesystem.Mounts), many)
}

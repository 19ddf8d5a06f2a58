// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package filesystem

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
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

func allMounts(t *testing.T, timeout time.Duration) *reader {
	t.Helper()
	return open(t, Options{VirtualFilesystems: true, CallTimeout: timeout}, mountNumbers)
}

func paths(s *snapshot.Snapshot) map[string]snapshot.Mount {
	byPath := map[string]snapshot.Mount{}
	for _, m := range s.Filesystem.Mounts {
		byPath[m.MountPoint] = m
	}
	return byPath
}

// TestHungMounts: mounts that never answer cost their own points and one deadline, once, and are back when they answer.
func TestHungMounts(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	for _, hung := range []int{1, 50} {
		t.Run(fmt.Sprint(hung), func(t *testing.T) {
			var s snapshot.Snapshot
			p := allMounts(t, time.Second)
			require.Empty(t, takeMounts(p, &s))
			healthy := len(s.Filesystem.Mounts)
			server := mutefs.Mount(t, hung)
			for scrape := range 4 {
				began := time.Now()
				faults := takeMounts(p, &s)
				assert.Less(t, time.Since(began), 2*time.Second)
				if scrape > 0 {
					assert.Less(t, time.Since(began), 500*time.Millisecond, "nobody waits for what is known to hang")
				}
				require.Len(t, faults, hung)
				for _, f := range faults {
					assert.Equal(t, source.Timeout, f.Reason, f.Source)
				}
				assert.EqualValues(t, hung, s.Filesystem.Stuck)
				assert.Len(t, s.Filesystem.Mounts, healthy, "the others are there")
			}
			server.Answer(t)
			calls := hostOf(p).Calls
			require.Eventually(t, func() bool { _, stuck := calls.Counts(); return stuck == 0 }, 10*time.Second, time.Millisecond)
			for range 2 {
				takeMounts(p, &s)
			}
			assert.Empty(t, takeMounts(p, &s))
			assert.Zero(t, s.Filesystem.Stuck)
			assert.Len(t, s.Filesystem.Mounts, healthy+hung, "they are back without a restart")
			assert.Equal(t, snapshot.MountUsage{Known: true, Used: mutefs.Size}, paths(&s)[server.Mounts[0]].Usage)
		})
	}
}

// TestDeadServer: the mounts of a server of FUSE that has died answer ENOTCONN.
func TestDeadServer(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	server := mutefs.Mount(t, 1)
	server.Kill()
	var s snapshot.Snapshot
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "mount " + server.Mounts[0], Reason: source.Failed, Err: unix.ENOTCONN}},
		takeMounts(allMounts(t, 0), &s))
	assert.NotEmpty(t, s.Filesystem.Mounts)
}

// TestMountsChange: what is mounted and unmounted between two scrapes is noticed, and mountinfo is not read otherwise.
func TestMountsChange(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	dir := t.TempDir()
	var s snapshot.Snapshot
	p := allMounts(t, 0)
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
		assert.EqualValues(t, 1<<20, m.Usage.Used+m.Usage.Free+m.Usage.Reserved, "%s is the one that was mounted", name)
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
	assert.NotContains(t, paths(&s), dir+"/over/below", "nothing leads there any more")
	assert.Contains(t, paths(&s), dir+"/over")
	twice := paths(&s)[dir+"/twice"]
	assert.Equal(t, "other", twice.Device, "the mount on top")
	assert.EqualValues(t, 2<<20, twice.Usage.Used+twice.Usage.Free)
	unmount(t, dir+"/twice")
	require.Empty(t, takeMounts(p, &s))
	assert.Equal(t, "tmpfs", paths(&s)[dir+"/twice"].Device)
}

// TestAnotherFilesystem: where a path leads elsewhere for us than for the host's first process, its numbers are not told.
func TestAnotherFilesystem(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	dir := t.TempDir()
	mountTmpfs(t, dir)
	p := allMounts(t, 0)
	var s snapshot.Snapshot
	require.Empty(t, takeMounts(p, &s))
	require.Contains(t, paths(&s), dir)
	of := p.sources[snapshot.DomainFilesystem].(*Source)
	for _, m := range of.list.mounts {
		if m.path == dir {
			m.minor++
		}
	}
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainFilesystem, Source: "mount " + dir, Reason: source.Unavailable, Err: errOtherFilesystem}}, takeMounts(p, &s))
	assert.NotContains(t, paths(&s), dir)
}

// TestAutofs has a mount that waits for a daemon when it is looked at. Nobody is there to answer, and nobody is asked.
func TestAutofs(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	dir := t.TempDir()
	var pipe [2]int
	require.NoError(t, unix.Pipe2(pipe[:], unix.O_NONBLOCK))
	defer unix.Close(pipe[0])
	defer unix.Close(pipe[1])
	daemon := exec.Command("sleep", "60") // In whose process group autofs mounts nothing, but in ours.
	daemon.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, daemon.Start())
	t.Cleanup(func() { _ = daemon.Process.Kill(); _ = daemon.Wait() })
	options := fmt.Sprintf("fd=%d,pgrp=%d,minproto=5,maxproto=5,direct", pipe[1], daemon.Process.Pid)
	require.NoError(t, unix.Mount("auto", dir, "autofs", 0, options))
	t.Cleanup(func() { unmount(t, dir) })
	var s snapshot.Snapshot
	assert.Empty(t, takeMounts(allMounts(t, time.Second), &s))
	assert.NotContains(t, paths(&s), dir)
	var packet [1]byte
	_, err := unix.Read(pipe[0], packet[:])
	assert.ErrorIs(t, err, unix.EAGAIN, "the daemon was not asked to mount anything")
}

// TestManyMounts has 5,000 mounts: in the steady state nothing is allocated for them, on one thread.
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
	p := allMounts(t, 4*time.Second)
	var s snapshot.Snapshot
	require.Empty(t, takeMounts(p, &s))
	assert.Greater(t, len(s.Filesystem.Mounts), many)
	hosttest.NoAllocs(t, func() { takeMounts(p, &s) })
	assert.Greater(t, len(s.Filesystem.Mounts), many)
}

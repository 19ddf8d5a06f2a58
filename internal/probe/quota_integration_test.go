// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package probe

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

const (
	cgroupsDir = "/sys/fs/cgroup/"
	groupEnv   = "HOSTPROBE_GROUP" // The name of the group that was made for a test.
)

// v1Dirs are where the controllers of version 1 are mounted; two may be one.
func v1Dirs(t *testing.T) (dirs []string) {
	t.Helper()
	for _, name := range controllerNames {
		dir, err := filepath.EvalSymlinks(cgroupsDir + name)
		if err == nil && !slices.Contains(dirs, dir) {
			_, err = os.Stat(dir + "/tasks")
			dirs = append(dirs, dir)
		}
		if err != nil {
			t.Skip("this host has no control groups of version 1: ", err)
		}
	}
	return dirs
}

// makeGroups makes a group and two below it in each hierarchy, for the length of the test.
func makeGroups(t *testing.T, dirs []string) (name string) {
	t.Helper()
	name = fmt.Sprintf("hostprobe-test-%d", os.Getpid())
	for _, dir := range dirs {
		for _, group := range []string{name, name + "/inner", name + "/other"} {
			require.NoError(t, os.Mkdir(dir+"/"+group, 0o755))
			t.Cleanup(func() {
				assert.Eventually(t, func() bool { // What was in it may be ending.
					err := unix.Rmdir(dir + "/" + group)
					return err == nil || err == unix.ENOENT
				}, 5*time.Second, 10*time.Millisecond)
			})
		}
	}
	return name
}

// insideGroup runs the test again in a group, after the command.
func insideGroup(t *testing.T, name string, dirs []string, command ...string) {
	t.Helper()
	t.Setenv(groupEnv, name)
	var script strings.Builder
	for _, dir := range dirs {
		fmt.Fprintf(&script, "echo $$ > %s/%s/inner/cgroup.procs && ", dir, name)
	}
	inside(t, t.Name(), append(command, "sh", "-c", script.String()+`exec "$0" "$@"`)...)
}

// enter moves this process to a group.
func enter(t *testing.T, dirs []string, group string) {
	t.Helper()
	for _, dir := range dirs {
		order(t, dir+"/"+group+"/cgroup.procs", "0")
	}
}

// work keeps a CPU busy.
func work(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
}

// TestQuotaVersion1 reads its own group in the kernel's hierarchies of version 1, with limits in it and above it.
func TestQuotaVersion1(t *testing.T) {
	dirs := v1Dirs(t)
	if !isInside() {
		insideGroup(t, makeGroups(t, dirs), dirs)
		return
	}
	group := os.Getenv(groupEnv)
	inner, outer := group+"/inner", group
	p := open(t, Options{}, snapshot.Want{Quota: wholeQuota})
	var s snapshot.Snapshot
	read := func() *snapshot.Quota {
		require.Empty(t, readQuota(p, &s, time.Now().UnixNano()))
		return &s.Quota
	}

	q := read()
	assert.False(t, q.CPUQuota.Known || q.MemoryLimit.Known || q.TaskLimit.Known, "nothing limits")
	assert.Empty(t, q.IOLimits)
	assert.Positive(t, q.MemoryUsage.N)
	assert.Equal(t, snapshot.Known(0), q.OOMKills)
	assert.Equal(t, snapshot.Known(0), q.ThrottledPeriods)
	threads, err := os.ReadDir("/proc/self/task")
	require.NoError(t, err)
	assert.InDelta(t, len(threads), q.Tasks.N, 3)

	// Above it.
	order(t, cgroupsDir+"cpu/"+outer+"/cpu.cfs_quota_us", "40000")
	order(t, cgroupsDir+"memory/"+outer+"/memory.limit_in_bytes", "536870912")
	order(t, cgroupsDir+"pids/"+outer+"/pids.max", "300")
	q = read()
	assert.Equal(t, snapshot.Known(40_000_000), q.CPUQuota)
	assert.Equal(t, snapshot.Known(100_000_000), q.CPUPeriod)
	assert.Equal(t, snapshot.Known(512<<20), q.MemoryLimit)
	assert.Equal(t, snapshot.Known(300), q.TaskLimit)

	// Its own.
	order(t, cgroupsDir+"cpu/"+inner+"/cpu.cfs_quota_us", "20000")
	order(t, cgroupsDir+"memory/"+inner+"/memory.limit_in_bytes", "134217728")
	order(t, cgroupsDir+"pids/"+inner+"/pids.max", "200")
	q = read()
	assert.Equal(t, snapshot.Known(20_000_000), q.CPUQuota)
	assert.Equal(t, snapshot.Known(128<<20), q.MemoryLimit)
	assert.Equal(t, snapshot.Known(200), q.TaskLimit)
	before := *q
	work(500 * time.Millisecond)
	q = read()
	assert.Greater(t, q.ThrottledPeriods.N, before.ThrottledPeriods.N+2, "throttled for real")
	assert.Greater(t, q.ThrottledTime.N, before.ThrottledTime.N+100e6)
	spent := q.CPUUser.N + q.CPUSystem.N - before.CPUUser.N - before.CPUSystem.N
	assert.InDelta(t, 100e6, spent, 80e6, "a fifth of a CPU")
	assert.Zero(t, q.Start)
	order(t, cgroupsDir+"cpu/"+inner+"/cpu.cfs_quota_us", "-1")

	testV1Disk(t, read, inner)

	// Killed for want of memory: tail keeps all that it reads, for it has no newline.
	_ = exec.Command("sh", "-c", "head -c 300m /dev/zero | tail -n 1 > /dev/null").Run()
	assert.Equal(t, snapshot.Known(1), read().OOMKills)

	hosttest.NoAllocs(t, func() { readQuota(p, &s, time.Now().UnixNano()) })

	// Moved, and the group before removed.
	number := s.Quota.Group
	last := s.Time
	enter(t, dirs, group+"/other")
	q = read()
	assert.NotEqual(t, number, q.Group)
	assert.Equal(t, last, q.Start)
	assert.Equal(t, snapshot.Known(512<<20), q.MemoryLimit)
	assert.Equal(t, snapshot.Known(300), q.TaskLimit)
	assert.Equal(t, snapshot.Known(0), q.OOMKills)

	testV1Again(t, read, dirs, group+"/other", outer)
}

// testV1Disk gives the group limits on a disk.
func testV1Disk(t *testing.T, read func() *snapshot.Quota, inner string) {
	numbers, err := os.ReadDir("/sys/dev/block")
	require.NoError(t, err)
	if len(numbers) == 0 {
		return
	}
	number := numbers[0].Name()
	target, err := os.Readlink("/sys/dev/block/" + number)
	require.NoError(t, err)
	order(t, cgroupsDir+"blkio/"+inner+"/blkio.throttle.read_bps_device", number+" 1048576")
	order(t, cgroupsDir+"blkio/"+inner+"/blkio.throttle.write_bps_device", number+" 2097152")
	limit := snapshot.IOLimit{Device: filepath.Base(target), Read: snapshot.Known(1 << 20), Written: snapshot.Known(2 << 20)}
	assert.Equal(t, []snapshot.IOLimit{limit}, read().IOLimits)
	order(t, cgroupsDir+"blkio/"+inner+"/blkio.throttle.read_bps_device", number+" 0")
	limit.Read = snapshot.Quantity{}
	assert.Equal(t, []snapshot.IOLimit{limit}, read().IOLimits)
}

// testV1Again removes the group and makes another under its name, with us in it, between two readings: the files that are
// open belong to the first, and say ENODEV.
func testV1Again(t *testing.T, read func() *snapshot.Quota, dirs []string, group, outer string) {
	enter(t, dirs, outer)
	for _, dir := range dirs {
		require.Eventually(t, func() bool { return unix.Rmdir(dir+"/"+group) == nil }, 5*time.Second, time.Millisecond)
		require.NoError(t, os.Mkdir(dir+"/"+group, 0o755))
	}
	order(t, cgroupsDir+"pids/"+group+"/pids.max", "123")
	enter(t, dirs, group)
	q := read()
	assert.Equal(t, snapshot.Known(123), q.TaskLimit)
	assert.Positive(t, q.Tasks.N)
	assert.True(t, q.CPUUser.Known)
}

// TestQuotaVersion2 reads a group of the kernel's hierarchy of version 2. Where the controllers are in version 1 it has CPU
// time only; that it is seen at all takes a root of our own where the hierarchy is bound.
func TestQuotaVersion2(t *testing.T) {
	var stat unix.Statfs_t
	dir := ""
	for _, name := range cgroupTrees {
		if unix.Statfs("/"+name, &stat) == nil && stat.Type == unix.CGROUP2_SUPER_MAGIC {
			dir = "/" + name
		}
	}
	if dir == "" {
		t.Skip("this host has no control groups of version 2")
	}
	dirs := []string{dir}
	if !isInside() {
		insideGroup(t, makeGroups(t, dirs), dirs, "unshare", "-m")
		return
	}
	group := os.Getenv(groupEnv)
	root := groupRoot(t, map[string]string{"proc/self/cgroup": "0::/" + group + "/inner\n", "proc/self/mountinfo": unifiedMount})
	require.NoError(t, os.MkdirAll(root+"/sys/fs/cgroup", 0o755))
	require.NoError(t, unix.Mount(dir, root+"/sys/fs/cgroup", "", unix.MS_BIND, ""))
	t.Cleanup(func() { _ = unix.Unmount(root+"/sys/fs/cgroup", unix.MNT_DETACH) })

	// The root of the hierarchy has CPU time too: that of the whole host. In a namespace the group has the same path.
	hosttest.Write(t, root, "proc/self/cgroup", "0::/\n")
	p := open(t, Options{ownRoot: root}, snapshot.Want{Quota: wholeQuota})
	var s snapshot.Snapshot
	_, err := os.Stat(dir + "/cgroup.events")
	isRoot := err != nil
	require.Empty(t, readQuota(p, &s, 1))
	assert.Equal(t, !isRoot, s.Quota.CPUUser.Known, "known in a container alone")
	require.NoError(t, unix.Mount(dir+"/"+group, root+"/sys/fs/cgroup", "", unix.MS_BIND, ""))
	hosttest.Write(t, root, "proc/self/mountinfo", unifiedMount+"\n")
	_ = readQuota(p, &s, 1)
	assert.True(t, s.Quota.CPUUser.Known && s.Quota.CPUSystem.Known)
	require.NoError(t, unix.Unmount(root+"/sys/fs/cgroup", unix.MNT_DETACH))
	hosttest.Write(t, root, "proc/self/mountinfo", unifiedMount)
	hosttest.Write(t, root, "proc/self/cgroup", "0::/"+group+"/inner\n")

	p = open(t, Options{ownRoot: root}, snapshot.Want{Quota: wholeQuota})
	require.Empty(t, readQuota(p, &s, 1))
	before := s.Quota
	assert.True(t, before.CPUUser.Known && before.CPUSystem.Known)
	assert.False(t, before.CPUQuota.Known || before.MemoryLimit.Known || before.TaskLimit.Known, "nothing limits")
	work(200 * time.Millisecond)
	require.Empty(t, readQuota(p, &s, 2))
	assert.InDelta(t, 200e6, s.Quota.CPUUser.N+s.Quota.CPUSystem.N-before.CPUUser.N-before.CPUSystem.N, 150e6)

	// Where the controllers are here, limits in it and above it.
	if os.WriteFile(dir+"/"+group+"/cgroup.subtree_control", []byte("+memory +pids +cpu"), 0o200) == nil {
		order(t, dir+"/"+group+"/memory.max", "536870912")
		order(t, dir+"/"+group+"/inner/cpu.max", "50000 100000")
		order(t, dir+"/"+group+"/inner/pids.max", "300")
		require.Empty(t, readQuota(p, &s, 3))
		assert.Equal(t, snapshot.Known(512<<20), s.Quota.MemoryLimit)
		assert.Equal(t, snapshot.Known(50_000_000), s.Quota.CPUQuota)
		assert.Equal(t, snapshot.Known(300), s.Quota.TaskLimit)
	}

	// The group goes, and another comes under its name.
	enter(t, dirs, group+"/other")
	require.Eventually(t, func() bool { return unix.Rmdir(dir+"/"+group+"/inner") == nil }, 5*time.Second, time.Millisecond)
	for _, f := range readQuota(p, &s, 4) {
		assert.Equal(t, unix.ENOENT, f.Err)
	}
	assert.False(t, s.Quota.CPUUser.Known, "nothing is left of it")
	require.NoError(t, os.Mkdir(dir+"/"+group+"/inner", 0o755))
	require.Empty(t, readQuota(p, &s, 5))
	assert.Equal(t, snapshot.Known(0), s.Quota.CPUUser)
}

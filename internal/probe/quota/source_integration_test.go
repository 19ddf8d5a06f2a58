// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package quota

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
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

const (
	cgroupsDir = "/sys/fs/cgroup/"
	groupEnv   = "HOSTPROBE_GROUP" // The name of the cgroup that was created for a test, in the process inside of it.
)

// isInside reports whether this process was started by insideGroup.
func isInside() bool { return os.Getenv(groupEnv) != "" }

// order writes to a file of cgroupfs.
func order(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(text), 0o200))
}

// v1Dirs returns the directories where the controllers of version 1 are mounted, nil unless all are. Two controllers may share
// one.
func v1Dirs() (dirs []string) {
	for _, name := range controllerNames {
		dir, err := filepath.EvalSymlinks(cgroupsDir + name)
		if err == nil && !slices.Contains(dirs, dir) {
			_, err = os.Stat(dir + "/tasks")
			dirs = append(dirs, dir)
		}
		if err != nil {
			return nil
		}
	}
	return dirs
}

// testVersions asserts that each controller is found in the hierarchy that /proc/self/cgroup has it in.
func testVersions(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/cgroup")
	require.NoError(t, err)
	r, s := open(t, source.Options{}, snapshot.Want{Quota: wholeQuota})
	readQuota(t, r, &snapshot.Snapshot{}, 1)
	for c, name := range controllerNames {
		want := 0
		for line := range strings.Lines(string(text)) {
			switch parts := strings.SplitN(line, ":", 3); {
			case slices.Contains(strings.Split(parts[1], ","), name):
				want = 1
			case parts[1] == "" && want == 0:
				want = 2
			}
		}
		assert.Equal(t, want, s.cgroup.locations[c].version, name)
	}
}

// makeGroups creates a cgroup and two below it in each hierarchy, until the test ends.
func makeGroups(t *testing.T, dirs []string) (name string) {
	t.Helper()
	name = fmt.Sprintf("hostprobe-test-%d", os.Getpid())
	for _, dir := range dirs {
		for _, group := range []string{name, name + "/inner", name + "/other"} {
			require.NoError(t, os.Mkdir(dir+"/"+group, 0o755))
			t.Cleanup(func() {
				assert.Eventually(t, func() bool { // Its processes may still be exiting.
					err := unix.Rmdir(dir + "/" + group)
					return err == nil || err == unix.ENOENT
				}, 5*time.Second, 10*time.Millisecond)
			})
		}
	}
	return name
}

// insideGroup runs the test again in a cgroup, under the command, such as unshare.
func insideGroup(t *testing.T, name string, dirs []string, command ...string) {
	t.Helper()
	t.Setenv(groupEnv, name)
	var script strings.Builder
	for _, dir := range dirs {
		fmt.Fprintf(&script, "echo $$ > %s/%s/inner/cgroup.procs && ", dir, name)
	}
	command = append(command, "sh", "-c", script.String()+`exec "$0" "$@"`, os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
}

// enter moves this process to a cgroup.
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

// spend keeps a CPU busy until this process has used so much CPU time.
func spend(t *testing.T, d time.Duration) {
	t.Helper()
	used := func() time.Duration {
		var at unix.Timespec
		require.NoError(t, unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &at))
		return time.Duration(at.Nano())
	}
	for end := used() + d; used() < end; {
	}
}

// TestQuotaVersion1 reads its own cgroup in hierarchies of version 1, with limits of the cgroup and of its parent. Where not all
// controllers are in version 1, TestQuotaVersion2 does so, and each is found where it is.
func TestQuotaVersion1(t *testing.T) {
	testVersions(t)
	dirs := v1Dirs()
	if dirs == nil {
		return
	}
	if !isInside() {
		insideGroup(t, makeGroups(t, dirs), dirs)
		return
	}
	group := os.Getenv(groupEnv)
	inner, outer := group+"/inner", group
	r, _ := open(t, source.Options{}, snapshot.Want{Quota: wholeQuota})
	var s snapshot.Snapshot
	read := func() *snapshot.Quota {
		require.Empty(t, readQuota(t, r, &s, time.Now().UnixNano()))
		return &s.Quota
	}

	q := read()
	assert.False(t, q.CPUQuota.Known || q.MemoryLimit.Known || q.TaskLimit.Known, "there is no limit")
	assert.Empty(t, q.IOLimits)
	assert.Positive(t, q.MemoryUsage.N)
	assert.Equal(t, snapshot.Known(0), q.OOMKills)
	assert.Equal(t, snapshot.Known(0), q.ThrottledPeriods)
	threads, err := os.ReadDir("/proc/self/task")
	require.NoError(t, err)
	assert.InDelta(t, len(threads), q.Tasks.N, 3)

	// Limits of its parent.
	order(t, cgroupsDir+"cpu/"+outer+"/cpu.cfs_quota_us", "40000")
	order(t, cgroupsDir+"memory/"+outer+"/memory.limit_in_bytes", "536870912")
	order(t, cgroupsDir+"pids/"+outer+"/pids.max", "300")
	q = read()
	assert.Equal(t, snapshot.Known(40_000_000), q.CPUQuota)
	assert.Equal(t, snapshot.Known(100_000_000), q.CPUPeriod)
	assert.Equal(t, snapshot.Known(512<<20), q.MemoryLimit)
	assert.Equal(t, snapshot.Known(300), q.TaskLimit)

	// Limits of its own.
	order(t, cgroupsDir+"cpu/"+inner+"/cpu.cfs_quota_us", "20000")
	order(t, cgroupsDir+"memory/"+inner+"/memory.limit_in_bytes", "134217728")
	order(t, cgroupsDir+"pids/"+inner+"/pids.max", "200")
	q = read()
	assert.Equal(t, snapshot.Known(20_000_000), q.CPUQuota)
	assert.Equal(t, snapshot.Known(128<<20), q.MemoryLimit)
	assert.Equal(t, snapshot.Known(200), q.TaskLimit)
	before := *q
	for range 20 { // On a busy host the cgroup may get less CPU than its quota, and is not throttled.
		before = *q
		work(500 * time.Millisecond)
		if q = read(); q.ThrottledPeriods.N > before.ThrottledPeriods.N+2 && q.ThrottledTime.N > before.ThrottledTime.N+100e6 {
			break
		}
	}
	assert.Greater(t, q.ThrottledPeriods.N, before.ThrottledPeriods.N+2, "throttled for real")
	assert.Greater(t, q.ThrottledTime.N, before.ThrottledTime.N+100e6)
	spent := q.CPUUser.N + q.CPUSystem.N - before.CPUUser.N - before.CPUSystem.N
	assert.InDelta(t, 100e6, spent, 80e6, "a fifth of a CPU")
	assert.Zero(t, q.Start)
	order(t, cgroupsDir+"cpu/"+inner+"/cpu.cfs_quota_us", "-1")

	testV1Disk(t, read, inner)

	// OOM-killed: tail buffers all that it reads, because it contains no newline.
	_ = exec.Command("sh", "-c", "head -c 300m /dev/zero | tail -n 1 > /dev/null").Run()
	assert.Equal(t, snapshot.Known(1), read().OOMKills)

	hosttest.NoAllocs(t, func() { readQuota(t, r, &s, time.Now().UnixNano()) })

	// Moved to another cgroup.
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

// testV1Disk limits the cgroup on a block device, if there is one.
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

// testV1Again removes the cgroup and creates another one of the same name, with this process in it, between two scrapes: the
// open files belong to the removed one, and return ENODEV.
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

// TestQuotaVersion2 reads a cgroup of version 2. Where the controllers are in version 1 it has CPU time only, and is found
// only because the collector's root is one with nothing but this hierarchy in it, as a bind mount.
func TestQuotaVersion2(t *testing.T) {
	dir := hosttest.Cgroup2(t)
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
	r, _ := openSelf(t, root, wholeQuota)
	var s snapshot.Snapshot
	_, err := os.Stat(dir + "/cgroup.events")
	isRoot := err != nil
	require.Empty(t, readQuota(t, r, &s, 1))
	assert.Equal(t, !isRoot, s.Quota.CPUUser.Known, "known in a container alone")
	require.NoError(t, unix.Mount(dir+"/"+group, root+"/sys/fs/cgroup", "", unix.MS_BIND, ""))
	hosttest.Write(t, root, "proc/self/mountinfo", unifiedMount+"\n")
	_ = readQuota(t, r, &s, 1)
	assert.True(t, s.Quota.CPUUser.Known && s.Quota.CPUSystem.Known)
	require.NoError(t, unix.Unmount(root+"/sys/fs/cgroup", unix.MNT_DETACH))
	hosttest.Write(t, root, "proc/self/mountinfo", unifiedMount)
	hosttest.Write(t, root, "proc/self/cgroup", "0::/"+group+"/inner\n")

	r, _ = openSelf(t, root, wholeQuota)
	require.Empty(t, readQuota(t, r, &s, 1))
	before := s.Quota
	assert.True(t, before.CPUUser.Known && before.CPUSystem.Known)
	assert.False(t, before.CPUQuota.Known || before.MemoryLimit.Known || before.TaskLimit.Known, "there is no limit")
	spend(t, 200*time.Millisecond)
	require.Empty(t, readQuota(t, r, &s, 2))
	assert.InDelta(t, 200e6, s.Quota.CPUUser.N+s.Quota.CPUSystem.N-before.CPUUser.N-before.CPUSystem.N, 150e6)

	// Limits of it and of its parent, if the controllers are in version 2.
	if os.WriteFile(dir+"/"+group+"/cgroup.subtree_control", []byte("+memory +pids +cpu"), 0o200) == nil {
		order(t, dir+"/"+group+"/memory.max", "536870912")
		order(t, dir+"/"+group+"/inner/cpu.max", "50000 100000")
		order(t, dir+"/"+group+"/inner/pids.max", "300")
		require.Empty(t, readQuota(t, r, &s, 3))
		assert.Equal(t, snapshot.Known(512<<20), s.Quota.MemoryLimit)
		assert.Equal(t, snapshot.Known(50_000_000), s.Quota.CPUQuota)
		assert.Equal(t, snapshot.Known(300), s.Quota.TaskLimit)
	}

	// The cgroup is removed, and another one of the same name is created.
	enter(t, dirs, group+"/other")
	require.Eventually(t, func() bool { return unix.Rmdir(dir+"/"+group+"/inner") == nil }, 5*time.Second, time.Millisecond)
	for _, f := range readQuota(t, r, &s, 4) {
		assert.Equal(t, unix.ENOENT, f.Err)
	}
	assert.False(t, s.Quota.CPUUser.Known, "the cgroup is removed")
	require.NoError(t, os.Mkdir(dir+"/"+group+"/inner", 0o755))
	require.Empty(t, readQuota(t, r, &s, 5))
	assert.Equal(t, snapshot.Known(0), s.Quota.CPUUser)
}

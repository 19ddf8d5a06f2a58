// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package quota

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestQuotaElsewhere: a cgroup that is not below any mount is a fault of each selected controller.
func TestQuotaElsewhere(t *testing.T) {
	want := snapshot.QuotaWant{MemoryLimit: true, TaskLimit: true}
	for name, tt := range map[string]struct {
		cgroup, mountinfo string
		faults            []source.Fault
	}{
		"a cgroup namespace with mounts from outside of it": {
			"0::/\n", strings.ReplaceAll(unifiedMount, " / /sys", " /../.. /sys"),
			[]source.Fault{{Domain: snapshot.DomainQuota, Source: "memory", Reason: source.Unavailable, Err: errNotMounted}, {Domain: snapshot.DomainQuota, Source: "pids", Reason: source.Unavailable, Err: errNotMounted}},
		},
		"nothing is mounted": {
			"2:memory:/\n", "", []source.Fault{{Domain: snapshot.DomainQuota, Source: "memory", Reason: source.Unavailable, Err: errNotMounted}},
		},
		"a kernel without these controllers": {"3:freezer:/\n", v1MountsOf("/"), nil},
		"a directory that does not exist": {
			"0::/gone\n", unifiedMount, []source.Fault{{Domain: snapshot.DomainQuota, Source: "memory", Reason: source.Unavailable, Err: unix.ENOENT}, {Domain: snapshot.DomainQuota, Source: "pids", Reason: source.Unavailable, Err: unix.ENOENT}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := groupRoot(t, map[string]string{"proc/self/cgroup": tt.cgroup, "proc/self/mountinfo": tt.mountinfo, "sys/fs/cgroup/memory.max": "1\n"})
			r, _ := openSelf(t, root, want)
			var s snapshot.Snapshot
			for range 2 {
				assert.Equal(t, tt.faults, append([]source.Fault(nil), readQuota(t, r, &s, 1)...))
				assert.False(t, s.Quota.MemoryLimit.Known)
				assert.False(t, s.Filled.Has(snapshot.DomainQuota))
			}
		})
	}
	root := groupRoot(t)
	r, _ := openSelf(t, root, want)
	var s snapshot.Snapshot
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainQuota, Source: "proc/self/cgroup", Reason: source.Unavailable, Err: unix.ENOENT}}, readQuota(t, r, &s, 1))
	hosttest.Write(t, root, "proc/self/cgroup", "0::/\n")
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainQuota, Source: "proc/self/mountinfo", Reason: source.Unavailable, Err: unix.ENOENT}}, readQuota(t, r, &s, 1))
	hosttest.Write(t, root, "proc/self/mountinfo", unifiedMount)
	hosttest.Write(t, root, "sys/fs/cgroup/memory.max", "4096\n")
	assert.Empty(t, readQuota(t, r, &s, 1), "available without a restart")
	assert.Equal(t, snapshot.Known(4096), s.Quota.MemoryLimit)
}

// TestQuotaMoved: a cgroup that the collector is moved to has other files and other counters.
func TestQuotaMoved(t *testing.T) {
	root := groupRoot(t, map[string]string{"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": unifiedMount},
		below("sys/fs/cgroup/a", with(v2Group, map[string]string{"memory.max": "4096\n"})), below("sys/fs/cgroup/b", v2Group))
	r, _ := openSelf(t, root, wholeQuota)
	var s snapshot.Snapshot
	require.Empty(t, readQuota(t, r, &s, 1000))
	assert.Equal(t, snapshot.Known(4096), s.Quota.MemoryLimit)
	assert.Zero(t, s.Quota.Start, "no snapshot before has another cgroup")
	require.Empty(t, readQuota(t, r, &s, 2000))
	hosttest.Write(t, root, "proc/self/cgroup", "0::/b\n")
	require.Empty(t, readQuota(t, r, &s, 3000))
	assert.False(t, s.Quota.MemoryLimit.Known)
	assert.Equal(t, int64(2000), s.Quota.Start)
	require.Empty(t, readQuota(t, r, &s, 4000))
	assert.Equal(t, int64(2000), s.Quota.Start)
	hosttest.Edit(t, root, "sys/fs/cgroup/b/cpu.stat", "nr_throttled 12", "nr_throttled 11")
	require.Empty(t, readQuota(t, r, &s, 5000))
	assert.Equal(t, int64(4000), s.Quota.Start, "counters were reset")
	require.Empty(t, readQuota(t, r, &s, 500))
	assert.Equal(t, int64(500), s.Quota.Start, "no counter starts after the snapshot")

	// The same cgroup below another mount has the same counters.
	hosttest.Write(t, root, "proc/self/mountinfo", "30 23 0:26 /b /mnt rw - cgroup2 cgroup2 rw\n")
	require.NoError(t, os.Rename(root+"/sys/fs/cgroup/b", root+"/mnt"))
	number := s.Quota.Group
	require.Empty(t, readQuota(t, r, &s, 6000))
	assert.Equal(t, number, s.Quota.Group)
	assert.Equal(t, v2Used.Tasks, s.Quota.Tasks)
}

// TestQuotaIsOfSelf: with the root of another host, the cgroup is still the collector's.
func TestQuotaIsOfSelf(t *testing.T) {
	own := groupRoot(t, map[string]string{"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": unifiedMount, "sys/fs/cgroup/pids.max": "5\n"})
	host := groupRoot(t, map[string]string{"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": unifiedMount, "sys/fs/cgroup/pids.max": "6\n"})
	r, _ := open(t, source.Options{Root: host, SelfRoot: own}, snapshot.Want{Quota: wholeQuota})
	var s snapshot.Snapshot
	require.Empty(t, readQuota(t, r, &s, 1))
	assert.Equal(t, snapshot.Known(5), s.Quota.TaskLimit)
	assert.False(t, s.Quota.FileDescriptorLimit.Known, "not selected")
}

// TestQuotaDepth: the number of ancestors is bounded.
func TestQuotaDepth(t *testing.T) {
	group := strings.Repeat("/a", 100)
	root := groupRoot(t, map[string]string{"proc/self/cgroup": "0::" + group + "\n", "proc/self/mountinfo": unifiedMount}, below("sys/fs/cgroup"+group, v2Group))
	r, q := openSelf(t, root, snapshot.QuotaWant{MemoryLimit: true})
	var s snapshot.Snapshot
	require.Empty(t, readQuota(t, r, &s, 1))
	assert.Len(t, q.files.memoryMax, maxLevels)

	hosttest.Write(t, root, "proc/self/mountinfo", "30 23 0:26 / / rw - cgroup2 cgroup2 rw\n")
	hosttest.Write(t, root, "proc/self/cgroup", "0::/proc/self\n")
	require.Empty(t, readQuota(t, r, &s, 1))
	assert.Len(t, q.files.memoryMax, 3, "a hierarchy mounted at /")
}

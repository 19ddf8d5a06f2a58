// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package quota

import (
	"path"
	"strings"
	"testing"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// wholeQuota selects all that a cgroup has: everything but the limit of file descriptors.
var wholeQuota = snapshot.QuotaWant{
	CPULimit: true, CPUTime: true, Throttling: true, MemoryUsage: true, MemoryLimit: true, OOMKills: true,
	Tasks: true, TaskLimit: true, IOLimits: true,
}

// open returns a reader of the domain, and its source.
func open(t testing.TB, o source.Options, want snapshot.Want) (*sourcetest.Reader, *Source) {
	t.Helper()
	q := New(sourcetest.Open(t, o))
	return &sourcetest.Reader{Domain: snapshot.DomainQuota, Source: q, History: &History{}, Want: want}, q
}

// openSelf opens the quota of a collector with this root of its own.
func openSelf(t testing.TB, root string, want snapshot.QuotaWant) (*sourcetest.Reader, *Source) {
	t.Helper()
	return open(t, source.Options{SelfRoot: root}, snapshot.Want{Quota: want})
}

// readQuota takes a snapshot without what needs two of them: TestQuotaHistory covers that.
func readQuota(t testing.TB, r *sourcetest.Reader, s *snapshot.Snapshot, now int64) []source.Fault {
	faults := r.Read(t, s, now)
	s.Quota.CPUSince, s.Quota.Elapsed = snapshot.Quantity{}, snapshot.Quantity{}
	return faults
}

// groupRoot makes a root of the collector with these files. A name with " -> " in it is a symbolic link.
func groupRoot(t testing.TB, files ...map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	for _, some := range files {
		for name, text := range some {
			if link, target, ok := strings.Cut(name, " -> "); ok {
				hosttest.Link(t, root, link, target)
			} else {
				hosttest.Write(t, root, name, text)
			}
		}
	}
	return root
}

// below moves files below a directory.
func below(dir string, files map[string]string) map[string]string {
	all := map[string]string{}
	for name, text := range files {
		all[path.Join(dir, name)] = text
	}
	return all
}

const (
	unifiedMount = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
	// v1Mounts have cpu and cpuacct in one hierarchy, as most hosts of version 1. ROOT is the cgroup that is mounted.
	v1Mounts = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n" +
		"32 31 0:29 ROOT /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n" +
		"33 31 0:30 ROOT /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" +
		"34 31 0:31 ROOT /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n" +
		"35 31 0:32 ROOT /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio\n" +
		"36 31 0:33 ROOT /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
)

func v1MountsOf(root string) string { return strings.ReplaceAll(v1Mounts, "ROOT", root) }

// v2Group has the files of a cgroup of version 2 with every controller and without limits.
var v2Group = map[string]string{
	"cpu.max": "max 100000\n", "memory.max": "max\n", "pids.max": "max\n", "io.max": "",
	"cpu.stat":       "usage_usec 33\nuser_usec 11\nsystem_usec 22\nnr_periods 30\nnr_throttled 12\nthrottled_usec 2500000\n",
	"memory.current": "4096\n", "memory.events": "low 0\noom 3\noom_kill 2\n", "pids.current": "7\n",
}

// v2Used is the usage of v2Group.
var v2Used = snapshot.Quota{
	Group: 1, CPUUser: snapshot.Known(11_000), CPUSystem: snapshot.Known(22_000),
	ThrottledPeriods: snapshot.Known(12), ThrottledTime: snapshot.Known(2_500_000_000),
	MemoryUsage: snapshot.Known(4096), OOMKills: snapshot.Known(2), Tasks: snapshot.Known(7),
}

const v1None = "9223372036854771712\n"

// v1CPU, v1Memory, v1PIDs and v1BlkIO have the files of cgroups of version 1 without limits.
var (
	v1CPU = map[string]string{
		"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n", "cpu.stat": "nr_periods 30\nnr_throttled 12\nthrottled_time 2500000000\n",
		"cpuacct.usage_user": "11000\n", "cpuacct.usage_sys": "22000\n", "cpuacct.stat": "user 1\nsystem 2\n",
	}
	v1Memory = map[string]string{
		"memory.limit_in_bytes": v1None, "memory.usage_in_bytes": "4096\n", "memory.stat": "cache 1\nhierarchical_memory_limit " + v1None,
		"memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
	}
	v1PIDs  = map[string]string{"pids.max": "max\n", "pids.current": "7\n"}
	v1BlkIO = map[string]string{"blkio.throttle.read_bps_device": "", "blkio.throttle.write_bps_device": ""}
)

// with returns files with some of them changed.
func with(files, changes map[string]string) map[string]string {
	all := map[string]string{}
	for _, some := range []map[string]string{files, changes} {
		for name, text := range some {
			all[name] = text
		}
	}
	return all
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package quota

import (
	"os"
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
	podGroup = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6ba7b810_9dad.slice"
	anID     = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

// TestQuota reads the cgroups of every kind of host.
func TestQuota(t *testing.T) {
	type files = map[string]string
	self := func(cgroup, mountinfo string) files {
		return files{"proc/self/cgroup": cgroup, "proc/self/mountinfo": "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n" + mountinfo}
	}
	for name, tt := range map[string]struct {
		files []files
		want  snapshot.Quota // Without the usage, which is v2Used everywhere.
	}{
		"version 2, a service": {
			[]files{
				self("0::/system.slice/otelcol.service\n", unifiedMount),
				below("sys/fs/cgroup/system.slice/otelcol.service", with(v2Group, files{
					"cpu.max": "150000 100000\n", "memory.max": "1073741824\n", "pids.max": "512\n",
					"io.max": "8:16 rbps=2097152 wbps=max riops=max wiops=120\n8:32 rbps=max wbps=max riops=9 wiops=max\n",
				})),
				below("sys/fs/cgroup/system.slice", v2Group),
				below("sys/fs/cgroup", files{"cpu.stat": "usage_usec 1\nuser_usec 1\nsystem_usec 0\n"}),
				{"sys/dev/block/8:16 -> ../../devices/pci0000:00/host0/block/sdb": ""},
			},
			snapshot.Quota{
				CPUQuota: snapshot.Known(150_000_000), CPUPeriod: snapshot.Known(100_000_000),
				MemoryLimit: snapshot.Known(1 << 30), TaskLimit: snapshot.Known(512),
				IOLimits: []snapshot.IOLimit{{Device: "sdb", Read: snapshot.Known(2 << 20)}},
			},
		},
		"version 2, no limit below a limited parent": {
			[]files{
				self("0::/system.slice/a b/otelcol.service\n", unifiedMount),
				below("sys/fs/cgroup/system.slice/a b/otelcol.service", v2Group),
				below("sys/fs/cgroup/system.slice/a b", with(v2Group, files{"memory.max": "2147483648\n", "cpu.max": "20000 10000\n", "pids.max": "100\n"})),
				below("sys/fs/cgroup/system.slice", with(v2Group, files{
					"memory.max": "1073741824\n", "cpu.max": "300000 100000\n", "pids.max": "200\n",
					"io.max": "253:0 rbps=1 wbps=2 riops=max wiops=max\n",
				})),
			},
			snapshot.Quota{
				CPUQuota: snapshot.Known(20_000_000), CPUPeriod: snapshot.Known(10_000_000),
				MemoryLimit: snapshot.Known(1 << 30), TaskLimit: snapshot.Known(100),
				IOLimits: []snapshot.IOLimit{{Device: "253:0", Read: snapshot.Known(1), Written: snapshot.Known(2)}},
			},
		},
		"version 2, a container of Kubernetes, seen from the host": {
			[]files{
				self("0::"+podGroup+"/cri-containerd-"+anID+".scope\n", unifiedMount),
				below("sys/fs/cgroup"+podGroup+"/cri-containerd-"+anID+".scope", with(v2Group, files{
					"memory.max": "536870912\n", "cpu.max": "50000 100000\n", "io.max": "8:0 rbps=10 wbps=20 riops=max wiops=max\n",
				})),
				below("sys/fs/cgroup"+podGroup, with(v2Group, files{
					"memory.max": "268435456\n", "cpu.max": "100000 100000\n", "pids.max": "1024\n", "io.max": "8:0 rbps=15 wbps=5 riops=max wiops=max\n",
				})),
				{"sys/dev/block/8:0 -> ../../devices/platform/block/cciss!c0d0": ""},
			},
			snapshot.Quota{
				CPUQuota: snapshot.Known(50_000_000), CPUPeriod: snapshot.Known(100_000_000),
				MemoryLimit: snapshot.Known(256 << 20), TaskLimit: snapshot.Known(1024),
				IOLimits: []snapshot.IOLimit{{Device: "cciss/c0d0", Read: snapshot.Known(10), Written: snapshot.Known(5)}},
			},
		},
		"version 2, a container with a namespace of its own": {
			[]files{
				self("0::/\n", unifiedMount),
				below("sys/fs/cgroup", with(v2Group, files{"memory.max": "268435456\n", "cpu.max": "50000 100000\n"})),
			},
			snapshot.Quota{CPUQuota: snapshot.Known(50_000_000), CPUPeriod: snapshot.Known(100_000_000), MemoryLimit: snapshot.Known(256 << 20)},
		},
		"version 2, a container with its host's cgroups mounted elsewhere": {
			[]files{
				self("0::/docker/"+anID+"\n", "30 23 0:26 /docker/"+anID+" /sys/fs/cgroup ro - cgroup2 cgroup rw\n"+
					"31 23 0:26 / /hostfs/sys/fs/cgroup ro - cgroup2 cgroup rw\n"),
				below("sys/fs/cgroup", v2Group), below("hostfs/sys/fs/cgroup/docker/"+anID, v2Group),
				{"hostfs/sys/fs/cgroup/docker/memory.max": "1048576\n"},
			},
			snapshot.Quota{MemoryLimit: snapshot.Known(1 << 20)},
		},
		"version 1, a service": {
			[]files{
				self("5:cpu,cpuacct:/system.slice/o\n4:memory:/system.slice/o\n3:pids:/system.slice/o\n2:blkio:/system.slice/o\n1:name=systemd:/system.slice/o\n", v1MountsOf("/")),
				below("sys/fs/cgroup/cpu,cpuacct/system.slice/o", with(v1CPU, files{"cpu.cfs_quota_us": "200000\n"})),
				below("sys/fs/cgroup/cpu,cpuacct/system.slice", with(v1CPU, files{"cpu.cfs_quota_us": "150000\n"})),
				below("sys/fs/cgroup/cpu,cpuacct", v1CPU),
				below("sys/fs/cgroup/memory/system.slice/o", with(v1Memory, files{"memory.limit_in_bytes": "1073741824\n", "memory.stat": "hierarchical_memory_limit 536870912\n"})),
				below("sys/fs/cgroup/pids/system.slice/o", v1PIDs),
				below("sys/fs/cgroup/pids/system.slice", files{"pids.max": "99\n"}),
				below("sys/fs/cgroup/blkio/system.slice/o", files{"blkio.throttle.read_bps_device": "8:0 100\n8:16 200\n", "blkio.throttle.write_bps_device": "8:16 300\n"}),
				below("sys/fs/cgroup/blkio/system.slice", files{"blkio.throttle.read_bps_device": "8:0 1\n", "blkio.throttle.write_bps_device": ""}),
			},
			snapshot.Quota{
				CPUQuota: snapshot.Known(150_000_000), CPUPeriod: snapshot.Known(100_000_000),
				MemoryLimit: snapshot.Known(512 << 20), TaskLimit: snapshot.Known(99),
				IOLimits: []snapshot.IOLimit{{Device: "8:0", Read: snapshot.Known(100)}, {Device: "8:16", Read: snapshot.Known(200), Written: snapshot.Known(300)}},
			},
		},
		"version 1, a container of Docker": {
			[]files{
				self("5:cpuacct,cpu:/docker/"+anID+"\n4:memory:/docker/"+anID+"\n3:pids:/docker/"+anID+"\n2:blkio:/docker/"+anID+"\n", v1MountsOf("/docker/"+anID)),
				below("sys/fs/cgroup/cpu,cpuacct", with(v1CPU, files{"cpu.cfs_quota_us": "50000\n"})),
				below("sys/fs/cgroup/memory", with(v1Memory, files{"memory.limit_in_bytes": "268435456\n"})),
				below("sys/fs/cgroup/pids", with(v1PIDs, files{"pids.max": "50\n"})),
				below("sys/fs/cgroup/blkio", v1BlkIO),
			},
			snapshot.Quota{
				CPUQuota: snapshot.Known(50_000_000), CPUPeriod: snapshot.Known(100_000_000),
				MemoryLimit: snapshot.Known(256 << 20), TaskLimit: snapshot.Known(50),
			},
		},
		"hybrid, memory in version 1": {
			[]files{
				self("2:memory:/a\n1:name=systemd:/a\n0::/b\\x2d\n", "30 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"+v1MountsOf("/")),
				below("sys/fs/cgroup/memory/a", with(v1Memory, files{"memory.limit_in_bytes": "4096\n"})),
				below("sys/fs/cgroup/unified/b\\x2d", with(v2Group, files{"cpu.max": "1000 100000\n", "pids.max": "9\n", "memory.max": "1\n"})),
			},
			snapshot.Quota{
				CPUQuota: snapshot.Known(1_000_000), CPUPeriod: snapshot.Known(100_000_000), MemoryLimit: snapshot.Known(4096), TaskLimit: snapshot.Known(9),
			},
		},
		"a mount of a cgroup with special characters in its name": {
			[]files{
				self("0::/machine-a\\x2db c\n", "30 23 0:26 /machine-a\\134x2db\\040c /my\\040groups rw - cgroup2 cgroup2 rw\n"),
				below("my groups", with(v2Group, files{"pids.max": "3\n"})),
			},
			snapshot.Quota{TaskLimit: snapshot.Known(3)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := openSelf(t, groupRoot(t, tt.files...), wholeQuota)
			var s snapshot.Snapshot
			want := tt.want
			want.Group, want.CPUUser, want.CPUSystem = v2Used.Group, v2Used.CPUUser, v2Used.CPUSystem
			want.ThrottledPeriods, want.ThrottledTime = v2Used.ThrottledPeriods, v2Used.ThrottledTime
			want.MemoryUsage, want.OOMKills, want.Tasks = v2Used.MemoryUsage, v2Used.OOMKills, v2Used.Tasks
			for range 2 {
				require.Empty(t, readQuota(t, r, &s, 1))
				if len(s.Quota.IOLimits) == 0 {
					s.Quota.IOLimits = nil
				}
				assert.Equal(t, want, s.Quota)
			}
		})
	}
}

// TestQuotaOfFewFiles: a cgroup has the files of its enabled controllers, and the root cgroup hardly any.
func TestQuotaOfFewFiles(t *testing.T) {
	self := map[string]string{"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": unifiedMount}
	stat := "usage_usec 33\nuser_usec 11\nsystem_usec 22\n"
	root := groupRoot(t, self, map[string]string{"sys/fs/cgroup/a/cpu.stat": stat, "sys/fs/cgroup/pids.max": "5\n"})
	r, _ := openSelf(t, root, wholeQuota)
	var s snapshot.Snapshot
	require.Empty(t, readQuota(t, r, &s, 1))
	want := snapshot.Quota{Group: 1, CPUUser: snapshot.Known(11_000), CPUSystem: snapshot.Known(22_000), TaskLimit: snapshot.Known(5)}
	assert.Equal(t, want, s.Quota)

	// systemd may enable a controller while the collector runs.
	hosttest.Write(t, root, "sys/fs/cgroup/a/memory.max", "4096\n")
	require.Empty(t, readQuota(t, r, &s, 2))
	want.MemoryLimit = snapshot.Known(4096)
	assert.Equal(t, want, s.Quota)

	// Before Linux 4.7, times of version 1 are in ticks.
	hosttest.Write(t, root, "proc/self/cgroup", "2:cpuacct:/\n1:cpu:/\n")
	hosttest.Write(t, root, "proc/self/mountinfo", "31 1 0:1 / /sys/fs/cgroup rw - cgroup cgroup rw,cpuacct\n")
	hosttest.Write(t, root, "sys/fs/cgroup/cpuacct.stat", "user 3\nsystem 4\n")
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainQuota, Source: "cpu", Reason: source.Unavailable, Err: errNotMounted}}, readQuota(t, r, &s, 3), "the other hierarchy is not mounted")
	assert.Equal(t, snapshot.Quota{Group: 2, Start: 2, CPUUser: snapshot.Known(30_000_000), CPUSystem: snapshot.Known(40_000_000)}, s.Quota)
}

// TestQuotaOfARoot: what the root of a hierarchy has used is the host's, and is no container's. A root is known by the files
// in it, controller by controller, and not by its path.
func TestQuotaOfARoot(t *testing.T) {
	type files = map[string]string
	v2Root := files{"cgroup.controllers": "cpu io memory pids\n", "cpu.stat": v2Group["cpu.stat"], "memory.current": "2806000000\n"}
	v1Self := files{
		"proc/self/cgroup":    "5:cpu,cpuacct:/\n4:memory:/a\n3:pids:/\n2:blkio:/\n1:name=systemd:/a\n",
		"proc/self/mountinfo": v1MountsOf("/"),
	}
	v2Self := files{"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": unifiedMount}
	for name, tt := range map[string]struct {
		files []files
		want  snapshot.Quota
	}{
		"version 2": {[]files{v2Self, below("sys/fs/cgroup", v2Root)}, snapshot.Quota{Group: 1}},
		"version 2, the root of a namespace": {
			[]files{v2Self, below("sys/fs/cgroup", with(v2Root, files{"cgroup.events": "populated 1\n", "cgroup.type": "domain\n"}))},
			snapshot.Quota{
				Group: 1, CPUUser: v2Used.CPUUser, CPUSystem: v2Used.CPUSystem, MemoryUsage: snapshot.Known(2_806_000_000),
				ThrottledPeriods: v2Used.ThrottledPeriods, ThrottledTime: v2Used.ThrottledTime,
			},
		},
		"version 1, memory apart": {
			[]files{
				v1Self, below("sys/fs/cgroup/cpu,cpuacct", with(v1CPU, files{"release_agent": "\n"})), below("sys/fs/cgroup/memory/a", v1Memory),
				below("sys/fs/cgroup/memory", with(v1Memory, files{"release_agent": "\n"})),
				{"sys/fs/cgroup/pids/release_agent": "\n"},
				below("sys/fs/cgroup/blkio", with(v1BlkIO, files{"release_agent": "\n", "blkio.throttle.read_bps_device": "8:0 100\n"})),
			},
			snapshot.Quota{
				Group: 1, MemoryUsage: v2Used.MemoryUsage, OOMKills: v2Used.OOMKills,
				IOLimits: []snapshot.IOLimit{{Device: "8:0", Read: snapshot.Known(100)}},
			},
		},
		"version 1, a container": {
			[]files{
				{"proc/self/cgroup": "4:memory:/docker/" + anID + "\n", "proc/self/mountinfo": v1MountsOf("/docker/" + anID)},
				below("sys/fs/cgroup/memory", v1Memory),
			},
			snapshot.Quota{Group: 1, MemoryUsage: v2Used.MemoryUsage, OOMKills: v2Used.OOMKills},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := openSelf(t, groupRoot(t, tt.files...), wholeQuota)
			var s snapshot.Snapshot
			for range 2 {
				require.Empty(t, readQuota(t, r, &s, 1))
				if len(s.Quota.IOLimits) == 0 {
					s.Quota.IOLimits = nil
				}
				assert.Equal(t, tt.want, s.Quota)
			}
		})
	}
}

// TestQuotaMalformed: a malformed file drops only its own values, and no fault contains the name of a cgroup.
func TestQuotaMalformed(t *testing.T) {
	root := groupRoot(t, map[string]string{"proc/self/cgroup": "0::/a\n?\n", "proc/self/mountinfo": unifiedMount}, below("sys/fs/cgroup/a", v2Group),
		map[string]string{"sys/fs/cgroup/a/memory.max": "lots\n", "sys/fs/cgroup/memory.max": "4096\n", "sys/fs/cgroup/a/io.max": "8:0 rbps=x\n8:1 rbps=2\n"})
	r, _ := openSelf(t, root, wholeQuota)
	require.NoError(t, os.Remove(root+"/sys/fs/cgroup/a/pids.max"))
	require.NoError(t, os.Mkdir(root+"/sys/fs/cgroup/a/pids.max", 0o700))
	var s snapshot.Snapshot
	for range 2 {
		reasons := map[string]source.Reason{}
		for _, f := range readQuota(t, r, &s, 1) {
			reasons[f.Source] = f.Reason
		}
		assert.Equal(t, map[string]source.Reason{"proc/self/cgroup": source.Malformed, "memory.max": source.Malformed, "io.max": source.Malformed, "pids.max": source.Failed}, reasons)
		assert.Equal(t, snapshot.Known(4096), s.Quota.MemoryLimit)
		assert.Equal(t, []snapshot.IOLimit{{Device: "8:1", Read: snapshot.Known(2)}}, s.Quota.IOLimits)
		assert.False(t, s.Quota.TaskLimit.Known)
		assert.Equal(t, v2Used.Tasks, s.Quota.Tasks)
	}
}

// TestQuotaParts: only selected files are read.
func TestQuotaParts(t *testing.T) {
	var s snapshot.Snapshot
	r, _ := openSelf(t, t.TempDir(), snapshot.QuotaWant{FileDescriptorLimit: true})
	require.Empty(t, readQuota(t, r, &s, 1), "the limit needs no file")
	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	assert.Equal(t, snapshot.Quota{FileDescriptorLimit: snapshot.Known(limit.Cur)}, s.Quota)

	root := groupRoot(t, map[string]string{"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": unifiedMount}, below("sys/fs/cgroup", v2Group))
	for want, files := range map[snapshot.QuotaWant]string{
		{CPULimit: true}: "cpu.max", {CPUTime: true}: "cpu.stat", {Throttling: true}: "cpu.stat", {CPUTime: true, Throttling: true}: "cpu.stat",
		{MemoryUsage: true}: "memory.current", {MemoryLimit: true}: "memory.max", {OOMKills: true}: "memory.events",
		{Tasks: true}: "pids.current", {TaskLimit: true}: "pids.max", {IOLimits: true}: "io.max",
	} {
		r, q := openSelf(t, root, want)
		require.Empty(t, readQuota(t, r, &s, 1))
		all := q.files.all
		require.Len(t, all, 1)
		assert.Equal(t, "sys/fs/cgroup/"+files, all[0].Name())
	}
}

// TestQuotaLive checks invariants of the cgroup of this process.
func TestQuotaLive(t *testing.T) {
	want := snapshot.Want{Quota: wholeQuota}
	want.Quota.FileDescriptorLimit = true
	r, src := open(t, source.Options{}, want)
	var s snapshot.Snapshot
	require.Empty(t, readQuota(t, r, &s, time.Now().UnixNano()))
	q := s.Quota
	isRoot := src.cgroup.locations[controllerCPUAcct].isRoot
	assert.Equal(t, !isRoot, q.CPUUser.Known && q.CPUSystem.Known, "every cgroup but a root has them")
	assert.Less(t, q.FileDescriptorLimit.N, uint64(1<<40))
	if q.MemoryUsage.Known && q.MemoryLimit.Known {
		assert.Less(t, q.MemoryUsage.N, q.MemoryLimit.N+1<<30)
	}
	assert.Less(t, q.MemoryLimit.N, uint64(1<<62), "an unlimited cgroup has no limit, not a large one")
	require.Empty(t, readQuota(t, r, &s, time.Now().UnixNano()))
	assert.GreaterOrEqual(t, s.Quota.CPUUser.N, q.CPUUser.N)
	hosttest.NoAllocs(t, func() { readQuota(t, r, &s, 1) })
}

// TestQuotaNoAllocs: reading limits of the cgroup, of an ancestor and of a block device allocates nothing. TestQuotaLive
// asserts the same of a whole scrape, whose mountinfo has to be on procfs.
func TestQuotaNoAllocs(t *testing.T) {
	root := groupRoot(t, map[string]string{"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": unifiedMount}, below("sys/fs/cgroup/a", v2Group),
		below("sys/fs/cgroup", map[string]string{"memory.max": "4096\n", "cpu.max": "50000 100000\n", "io.max": "8:0 rbps=10 wbps=20 riops=max wiops=max\n"}),
		map[string]string{"sys/dev/block/8:0 -> ../../devices/platform/block/sda": ""})
	r, q := openSelf(t, root, wholeQuota)
	var s snapshot.Snapshot
	require.Empty(t, r.Read(t, &s, 1))
	hosttest.NoAllocs(t, func() {
		r.Begin(&s, 1)
		q.readCPU(&r.Scrape, &s.Quota)
		q.readMemory(&r.Scrape, &s.Quota)
		q.readTasks(&r.Scrape, &s.Quota)
		q.readIOLimits(&r.Scrape, &s.Quota)
	})
	assert.Equal(t, snapshot.Known(4096), s.Quota.MemoryLimit)
	assert.Equal(t, snapshot.Known(50_000_000), s.Quota.CPUQuota)
	assert.Equal(t, []snapshot.IOLimit{{Device: "sda", Read: snapshot.Known(10), Written: snapshot.Known(20)}}, s.Quota.IOLimits)
}

// BenchmarkQuota reads the cgroup of this process.
func BenchmarkQuota(b *testing.B) {
	r, _ := open(b, source.Options{}, snapshot.Want{Quota: wholeQuota})
	var s snapshot.Snapshot
	b.ReportAllocs()
	for b.Loop() {
		readQuota(b, r, &s, 1)
	}
}

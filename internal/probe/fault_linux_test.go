// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// manyCPUs is a root with 16 CPUs on 8 cores in two packages, all numbers different.
func manyCPUs(t testing.TB) (root string) {
	t.Helper()
	root = t.TempDir()
	var stat, info strings.Builder
	stat.WriteString("cpu  0 0 0 0 0 0 0 0 0 0\n")
	for i := range 16 {
		fmt.Fprintf(&stat, "cpu%d %d %d %d %d %d %d %d %d 1 0\n", i, 12345+i, i, 70*i, 998877*i, 3*i, 5*i, 7*i, 11*i)
		fmt.Fprintf(&info, "processor\t: %d\ncpu MHz\t\t: %d.125\nphysical id\t: %d\ncore id\t\t: %d\ncpu cores\t: 4\n\n", i, 1000+i, i%8/4, i%4)
		hosttest.Write(t, root, fmt.Sprintf("sys/devices/system/cpu/cpu%d/topology/core_cpus_list", i), fmt.Sprintf("%d,%d\n", i%8, i%8+8))
	}
	stat.WriteString("intr 5000 1 2 3\nctxt 6000\nbtime 1767225600\nprocesses 7000\n")
	hosttest.Write(t, root, "proc/stat", stat.String())
	hosttest.Write(t, root, "proc/cpuinfo", info.String())
	hosttest.Write(t, root, "proc/loadavg", "15.50 12.25 9.01 3/999 4711\n")
	hosttest.Write(t, root, "proc/meminfo", "MemTotal: 1000 kB\nMemFree: 300 kB\nMemAvailable: 600 kB\nBuffers: 10 kB\n"+
		"Cached: 200 kB\nShmem: 5 kB\nDirty: 4 kB\nSReclaimable: 30 kB\nSUnreclaim: 20 kB\n"+
		"HugePages_Total: 16\nHugePages_Free: 10\nHugePages_Rsvd: 2\nHugePages_Surp: 1\nHugepagesize: 2048 kB\nSwapTotal: 3000 kB\nSwapFree: 2990 kB\n")
	hosttest.Write(t, root, "proc/vmstat", "pgpgin 4001\npgpgout 8002\npswpin 3\npswpout 4\npgfault 500\npgmajfault 60\noom_kill 7\n")
	hosttest.Write(t, root, "proc/swaps", "Filename Type Size Used Priority\n/dev/zram0 partition 1000 10 -2\n/swap\\040file file 2000 0 -3\n")
	hosttest.Write(t, root, "proc/uptime", "4351.94 6767.97\n")
	hosttest.Write(t, root, "proc/sys/fs/file-nr", "607\t0\t9223372036854775807\n")
	hosttest.Write(t, root, "proc/sys/kernel/pid_max", "4194304\n")
	hosttest.Write(t, root, "proc/diskstats", "   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"+
		" 104       0 cciss/c0d0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n")
	hosttest.Write(t, root, "proc/net/rpc/nfs", clientText)
	for i, resource := range []string{"cpu", "memory", "io"} {
		hosttest.Write(t, root, "proc/pressure/"+resource, fmt.Sprintf("some avg10=1.0%[1]d avg60=2.0%[1]d avg300=3.0%[1]d total=10%[1]d\n"+
			"full avg10=0.00 avg60=0.00 avg300=0.00 total=%[1]d\n", i))
	}
	for _, name := range []string{"tcp", "tcp6", "udp", "udp6"} {
		hosttest.Write(t, root, "proc/net/"+name, "  sl  local_address rem_address   st tx_queue rx_queue\n")
	}
	hosttest.Write(t, root, "proc/net/dev", "Inter-|   Receive                                                |  Transmit\n"+
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"+
		"    lo: 10 11 12 13 0 0 0 0 14 15 16 17 0 0 0 0\n  eth0: 20 21 22 23 0 0 0 0 24 25 26 27 0 0 0 0\n")
	hosttest.Write(t, root, "proc/1/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / /proc rw - proc proc rw\n")
	hosttest.Write(t, root, "proc/filesystems", "nodev\tproc\n\text4\n")
	hosttest.Write(t, root, "proc/pressure/irq", "full avg10=0.00 avg60=0.00 avg300=0.00 total=9\n")
	hosttest.Link(t, root, "sys/class/hwmon/hwmon0", "../../devices/platform/chip/hwmon/hwmon0")
	hosttest.Write(t, root, "sys/devices/platform/chip/hwmon/hwmon0/name", "chip\n")
	hosttest.Write(t, root, "sys/devices/platform/chip/hwmon/hwmon0/temp1_input", "45000\n")
	hosttest.Link(t, root, "sys/class/thermal", "hwmon") // It has no zones.
	return root
}

func stall(total, avg10, avg60, avg300 uint64) snapshot.Stall {
	return snapshot.Stall{
		Total: snapshot.Known(total), Avg10: snapshot.Known(avg10), Avg60: snapshot.Known(avg60), Avg300: snapshot.Known(avg300),
	}
}

// TestEveryNumber holds the kernel's words of manyCPUs to ours.
func TestEveryNumber(t *testing.T) {
	var s snapshot.Snapshot
	require.Empty(t, take(open(t, Options{Root: manyCPUs(t)}, everything), &s))
	assert.Equal(t, snapshot.Paging{
		FaultsMajor: snapshot.Known(60), FaultsMinor: snapshot.Known(440),
		SwapIn: snapshot.Known(3), SwapOut: snapshot.Known(4), DiskIn: snapshot.Known(1000), DiskOut: snapshot.Known(2000),
		Areas: []snapshot.SwapArea{
			{Device: "/dev/zram0", Size: snapshot.Known(1000 << 10), Used: snapshot.Known(10 << 10)},
			{Device: "/swap file", Size: snapshot.Known(2000 << 10), Used: snapshot.Known(0)},
		},
	}, s.Paging)
	assert.Equal(t, []snapshot.Disk{{
		Device: "cciss/c0d0", Major: 104,
		DiskCounters: snapshot.DiskCounters{
			Read:    snapshot.DiskTraffic{Operations: snapshot.Known(1), Merged: snapshot.Known(2), Bytes: snapshot.Known(3 * 512), Time: snapshot.Known(4e6)},
			Written: snapshot.DiskTraffic{Operations: snapshot.Known(5), Merged: snapshot.Known(6), Bytes: snapshot.Known(7 * 512), Time: snapshot.Known(8e6)},
			IOTime:  snapshot.Known(10e6), WeightedIOTime: snapshot.Known(11e6),
		},
		Pending: snapshot.Known(9),
	}}, s.Disks.Devices)
	assert.Equal(t, snapshot.System{
		Uptime: snapshot.Known(4351_940000000), ContextSwitches: snapshot.Known(6000), Interrupts: snapshot.Known(5000),
		OOMKills: snapshot.Known(7), FileDescriptors: snapshot.Known(607), ProcessLimit: snapshot.Known(4194304),
	}, s.System, "the largest number is no limit")
	var pressure snapshot.Pressure
	pressure[snapshot.PressureCPU].Some = stall(100_000, 100, 200, 300)
	pressure[snapshot.PressureMemory].Some = stall(101_000, 101, 201, 301)
	pressure[snapshot.PressureMemory].Full = stall(1000, 0, 0, 0)
	pressure[snapshot.PressureIO].Some = stall(102_000, 102, 202, 302)
	pressure[snapshot.PressureIO].Full = stall(2000, 0, 0, 0)
	pressure[snapshot.PressureIRQ].Full = stall(9000, 0, 0, 0)
	assert.Equal(t, pressure, s.Pressure)
}

// TestMemoryWithoutSlab: gVisor's meminfo has no line of it.
func TestMemoryWithoutSlab(t *testing.T) {
	root := manyCPUs(t)
	hosttest.Edit(t, root, "proc/meminfo", "SReclaimable: 30 kB\nSUnreclaim: 20 kB\n", "")
	var s snapshot.Snapshot
	require.Empty(t, take(open(t, Options{Root: root}, everything), &s))
	assert.Equal(t, snapshot.Known(200<<10), s.Memory.Cached)
	assert.False(t, s.Memory.SlabReclaimable.Known)
	assert.False(t, s.Memory.SlabUnreclaimable.Known)
}

// TestNothingIsReadThatNobodyAskedFor: without the files of a part, a probe that does not want it finds no fault.
func TestNothingIsReadThatNobodyAskedFor(t *testing.T) {
	p := open(t, Options{Root: t.TempDir()}, snapshot.Want{})
	var s snapshot.Snapshot
	p.Begin(&s, 1)
	for _, d := range []snapshot.Domain{snapshot.DomainCPU, snapshot.DomainPaging, snapshot.DomainSystem, snapshot.DomainPressure, snapshot.DomainFilesystem, snapshot.DomainQuota, snapshot.DomainThermal} {
		assert.Empty(t, p.Read(context.Background(), d))
	}
	assert.Zero(t, s.Filled)
}

// rest is what must be there whatever happens to the part that a fault is in.
func rest(t *testing.T, s *snapshot.Snapshot, without snapshot.Domain) {
	t.Helper()
	for d := range snapshot.NumDomains {
		assert.Equal(t, d != without, s.Filled.Has(d), "%s", d)
	}
}

func TestMissingFile(t *testing.T) {
	for name, d := range map[string]snapshot.Domain{
		"proc/meminfo": snapshot.DomainMemory, "proc/loadavg": snapshot.DomainLoad, "proc/stat": snapshot.DomainCPU,
		"proc/diskstats": snapshot.DomainDisk, "proc/net/rpc/nfs": snapshot.DomainNFS, "proc/vmstat": snapshot.DomainPaging, "proc/uptime": snapshot.DomainSystem, "proc/pressure/io": snapshot.DomainPressure,
		"proc/1/mountinfo": snapshot.DomainFilesystem, "proc/filesystems": snapshot.DomainFilesystem,
	} {
		t.Run(name, func(t *testing.T) {
			root := manyCPUs(t)
			p := open(t, Options{Root: root}, oneFileEach)
			var s snapshot.Snapshot
			require.Empty(t, take(p, &s))
			text, err := hostOf(p).FS.ReadFile(name, nil)
			require.NoError(t, err)

			hosttest.Remove(t, root, name)
			assert.Equal(t, []source.Fault{{Domain: d, Source: name, Reason: source.Unavailable, Err: unix.ENOENT}}, take(p, &s))
			rest(t, &s, d)

			hosttest.Write(t, root, name, string(text))
			assert.Empty(t, take(p, &s), "it is back without a restart")
			rest(t, &s, snapshot.NumDomains)
		})
	}
}

func TestMalformedMeminfo(t *testing.T) {
	root := manyCPUs(t)
	p := open(t, Options{Root: root}, oneFileEach)
	var s snapshot.Snapshot
	hosttest.Edit(t, root, "proc/meminfo", "Buffers: 10 kB", "Buffers: ten kB")
	faults := take(p, &s)
	require.Len(t, faults, 1)
	assert.Equal(t, "proc/meminfo", faults[0].Source)
	assert.Equal(t, source.Malformed, faults[0].Reason)
	assert.EqualError(t, faults[0].Err, "line 4 is malformed")
	assert.False(t, s.Memory.Buffered.Known, "absent, not zero and not the last value")
	assert.Equal(t, snapshot.Known(230<<10), s.Memory.Cached, "the other lines are kept")
	rest(t, &s, snapshot.NumDomains)
}

func TestNothingInTheFile(t *testing.T) {
	root := manyCPUs(t)
	p := open(t, Options{Root: root}, everything)
	for _, name := range []string{"proc/stat", "proc/meminfo", "proc/cpuinfo"} {
		hosttest.Write(t, root, name, "")
	}
	for _, name := range []string{"proc/loadavg", "proc/swaps", "proc/uptime", "proc/sys/fs/file-nr", "proc/sys/kernel/pid_max"} {
		hosttest.Write(t, root, name, "")
	}
	var s snapshot.Snapshot
	reasons := map[string]source.Reason{}
	for _, f := range take(p, &s) {
		reasons[f.Domain.String()+" "+f.Source] = f.Reason
	}
	assert.Equal(t, map[string]source.Reason{
		"cpu proc/stat":       source.Unavailable,
		"cpu proc/cpuinfo":    source.Unavailable,
		"memory proc/meminfo": source.Unavailable,
		"load proc/loadavg":   source.Malformed,

		"paging proc/swaps":              source.Malformed,
		"system proc/stat":               source.Unavailable,
		"processes proc/stat":            source.Unavailable,
		"system proc/uptime":             source.Malformed,
		"system proc/sys/fs/file-nr":     source.Malformed,
		"system proc/sys/kernel/pid_max": source.Malformed,
	}, reasons)
	assert.False(t, s.Filled.Has(snapshot.DomainCPU))
	assert.Zero(t, s.BootTime)
}

func TestNotAFile(t *testing.T) {
	root := manyCPUs(t)
	hosttest.Remove(t, root, "proc/meminfo")
	require.NoError(t, unix.Mkfifo(root+"/proc/meminfo", 0o600))
	p := open(t, Options{Root: root}, oneFileEach)
	var s snapshot.Snapshot
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainMemory, Source: "proc/meminfo", Reason: source.Failed, Err: pseudofs.ErrNotRegular}}, take(p, &s))
	rest(t, &s, snapshot.DomainMemory)
}

func TestOldKernelWithoutMemAvailable(t *testing.T) {
	root := manyCPUs(t)
	hosttest.Edit(t, root, "proc/meminfo", "MemAvailable: 600 kB\n", "")
	p := open(t, Options{Root: root}, snapshot.Want{})
	var s snapshot.Snapshot
	p.Begin(&s, 1)
	assert.Empty(t, p.Read(context.Background(), snapshot.DomainMemory))
	assert.Equal(t, snapshot.Known((300+200+30)<<10), s.Memory.Available)
	assert.Equal(t, snapshot.Known(470<<10), s.Memory.Used)
}

func TestTopology(t *testing.T) {
	root := manyCPUs(t)
	p := open(t, Options{Root: root}, snapshot.Want{CPU: snapshot.CPUWant{PhysicalCount: true}})
	var s snapshot.Snapshot
	require.Empty(t, take(p, &s))
	assert.Equal(t, snapshot.Known(8), s.CPU.PhysicalCount)

	// It is counted again when the CPUs are others, and from another file where sysfs lacks the topology.
	require.NoError(t, unix.Rename(root+"/sys", root+"/gone"))
	require.Empty(t, take(p, &s))
	assert.Equal(t, snapshot.Known(8), s.CPU.PhysicalCount, "remembered")
	hosttest.Edit(t, root, "proc/stat", "cpu15 ", "cpu16 ")
	require.Empty(t, take(p, &s))
	assert.Equal(t, snapshot.Known(8), s.CPU.PhysicalCount, "from /proc/cpuinfo")

	hosttest.Edit(t, root, "proc/cpuinfo", "core id", "core")
	hosttest.Edit(t, root, "proc/stat", "cpu16 ", "cpu17 ")
	for range 2 {
		faults := take(p, &s)
		require.Len(t, faults, 1)
		assert.Equal(t, source.Fault{Domain: snapshot.DomainCPU, Source: topologyDir, Reason: source.Unavailable, Err: unix.ENOENT}, faults[0])
		assert.False(t, s.CPU.PhysicalCount.Known)
	}

	// An unavailable topology is remembered; what failed is tried again, with the same CPUs.
	require.NoError(t, unix.Rename(root+"/gone", root+"/sys"))
	list := "sys/devices/system/cpu/cpu3/topology/core_cpus_list"
	hosttest.Edit(t, root, "proc/stat", "cpu17 ", "cpu15 ")
	hosttest.Write(t, root, list, "three\n")
	faults := take(p, &s)
	require.Len(t, faults, 1)
	assert.Equal(t, source.Failed, faults[0].Reason)
	hosttest.Write(t, root, list, "3,11\n")
	require.Empty(t, take(p, &s))
	assert.Equal(t, snapshot.Known(8), s.CPU.PhysicalCount)
	require.NoError(t, unix.Rename(root+"/sys", root+"/gone"))

	// Before Linux 5.3 the list had another name.
	require.NoError(t, unix.Rename(root+"/gone", root+"/sys"))
	for i := range 16 {
		dir := fmt.Sprintf("%s/sys/devices/system/cpu/cpu%d/topology/", root, i)
		require.NoError(t, unix.Rename(dir+"core_cpus_list", dir+"thread_siblings_list"))
	}
	hosttest.Edit(t, root, "proc/stat", "cpu15 ", "cpu18 ")
	for _, cpu := range []string{"7", "15"} { // CPU 15 is now 18.
		hosttest.Write(t, root, "sys/devices/system/cpu/cpu"+cpu+"/topology/thread_siblings_list", "7,18\n")
	}
	hosttest.Write(t, root, "sys/devices/system/cpu/cpu18/topology/thread_siblings_list", "7,18\n")
	require.Empty(t, take(p, &s))
	assert.Equal(t, snapshot.Known(8), s.CPU.PhysicalCount)
}

func TestLoadWithoutCPUs(t *testing.T) {
	root := manyCPUs(t)
	hosttest.Write(t, root, "proc/stat", "btime 1767225600\n")
	p := open(t, Options{Root: root}, snapshot.Want{Load: snapshot.LoadWant{CPUs: true}})
	var s snapshot.Snapshot
	p.Begin(&s, 1)
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainLoad, Source: "proc/stat", Reason: source.Unavailable, Err: source.ErrAbsent}}, p.Read(context.Background(), snapshot.DomainLoad))
	assert.False(t, s.Load.CPUs.Known)
}

type panicking struct{}

func (panicking) Read(*source.Scrape) bool { panic("forced") }

func TestPanic(t *testing.T) {
	p := open(t, Options{Root: manyCPUs(t)}, oneFileEach)
	p.sources[snapshot.DomainMemory] = panicking{}
	var s snapshot.Snapshot
	faults := take(p, &s)
	require.Len(t, faults, 1)
	assert.Equal(t, source.Panic, faults[0].Reason)
	assert.ErrorContains(t, faults[0].Err, "panic: forced")
	assert.ErrorContains(t, faults[0].Err, "fault_linux_test.go", "the stack says where")
	rest(t, &s, snapshot.DomainMemory)
}

// panickingBoot is a backend whose boot time cannot be had.
type panickingBoot struct{ backend }

func (panickingBoot) bootTime(*source.Scrape) (int64, error) { panic("forced") }

func TestPanicInBootTime(t *testing.T) {
	p := open(t, Options{Root: manyCPUs(t)}, oneFileEach)
	whole := p.backend
	p.backend = panickingBoot{whole}
	var s snapshot.Snapshot
	assert.Empty(t, take(p, &s))
	assert.Zero(t, s.BootTime)
	rest(t, &s, snapshot.NumDomains)
	p.backend = whole
	take(p, &s)
	assert.Equal(t, int64(1767225600e9), s.BootTime)
}

func TestDeadline(t *testing.T) {
	p := open(t, Options{Root: manyCPUs(t)}, oneFileEach)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var s snapshot.Snapshot
	p.Begin(&s, 1)
	faults := p.Read(ctx, snapshot.DomainCPU)
	require.Len(t, faults, 1)
	assert.Equal(t, source.Timeout, faults[0].Reason)
	assert.Zero(t, s.Filled)
}

// TestClockIsSetBack: the boot time is constant, but no point may begin after its own time.
func TestClockIsSetBack(t *testing.T) {
	root := t.TempDir()
	p := open(t, Options{Root: root}, snapshot.Want{CPU: snapshot.CPUWant{Times: true}})
	for _, tt := range []struct{ stat, now, want int64 }{
		{1000, 2000, 1000},
		{1001, 2001, 1000}, // The kernel rounds.
		{100, 1100, 1000},  // No reason to look.
		{100, 900, 100},    // The kernel's has moved with the clock.
		{4000, 5000, 100},
		{4000, 90, 90}, // It cannot be.
	} {
		hosttest.Write(t, root, "proc/stat", fmt.Sprintf("cpu0 1 0 0 0\nbtime %d\n", tt.stat))
		var s snapshot.Snapshot
		p.Begin(&s, tt.now*1e9)
		assert.Equal(t, tt.want*1e9, s.BootTime, "at %d", tt.now)
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// errorsOf scrapes and returns the points and each error.
func errorsOf(t *testing.T, s *hostScraper) (points map[string]point, errs []string) {
	t.Helper()
	batch, err := s.scrape(t.Context())
	if err != nil {
		errs = strings.Split(err.Error(), "\n")
	}
	return pointsOf(t, batch), errs
}

// TestStealBeyondBelief: the steal time of a guest of Xen after a kernel's error, which falls from reading to reading. It is
// unknown alone: its CPU is counted, and so are the other times and their shares.
func TestStealBeyondBelief(t *testing.T) {
	const stat = `cpu  5653582 827 3220601 1281558689 85144 0 90281 1504706785701 0 0
cpu0 %d 827 3220601 %d 85144 0 90281 %d 0 0
cpu1 %d 200 30000 %d 400 50 60 70 0 0
intr 1234 0
ctxt 98765
btime 1790000000
processes 4242
procs_running 1
procs_blocked 0
`
	root := t.TempDir()
	at := func(n int) string {
		return fmt.Sprintf(stat, 5653582+20*n, 1281558689+80*n, 1504706785701-int64(n)*21000000000, 101000+20*n, 900000+80*n)
	}
	hosttest.Write(t, root, "proc/loadavg", "1.00 1.00 1.00 1/120 4242\n")
	hosttest.Write(t, root, "proc/stat", at(0))
	s := started(t, watch(t).Settings, `
scrapers:
  cpu: {metrics: {system.cpu.time: {attributes: [cpu, state]}, system.cpu.utilization: {enabled: true}}}
  load: {cpu_average: true}
root_path: `+root)
	for n := range 4 {
		hosttest.Write(t, root, "proc/stat", at(n))
		points, errs := errorsOf(t, s)
		if n == 0 {
			assert.Equal(t, []string{"cpu: proc/stat: steal in line 2 is implausible"}, errs, "reported once, and by no scraper that does not need it")
		} else {
			assert.Empty(t, errs)
		}
		assert.Equal(t, 2.0, points["system.cpu.logical.count[]"].value())
		assert.Equal(t, 0.5, points["system.cpu.load_average.1m[]"].value(), "of 1 on 2 CPUs")
		for state, want := range map[string]float64{
			"user": 56535.82 + 0.2*float64(n), "nice": 8.27, "system": 32206.01, "wait": 851.44, "interrupt": 0, "softirq": 902.81,
		} {
			id := "system.cpu.time[cpu:cpu0 state:" + state + "]"
			require.Contains(t, points, id)
			assert.InDelta(t, want, points[id].value(), 1e-9, id)
		}
		assert.NotContains(t, points, "system.cpu.time[cpu:cpu0 state:steal]")
		assert.Equal(t, 0.7, points["system.cpu.time[cpu:cpu1 state:steal]"].value())
		if n == 0 {
			continue
		}
		assert.Equal(t, 0.2, points["system.cpu.utilization[state:user]"].value(), "the mean of both CPUs")
		assert.Equal(t, 0.8, points["system.cpu.utilization[state:idle]"].value())
		assert.Contains(t, points, "system.cpu.utilization[state:nice]")
		assert.Contains(t, points, "system.cpu.utilization[state:steal]", "of the other CPU")
	}
}

// TestRunawaySystemTime: the one CPU of an emulated s390x that came online later, as Linux 6.1 and 6.12 write it.
func TestRunawaySystemTime(t *testing.T) {
	root := t.TempDir()
	write := func(n int) {
		hosttest.Write(t, root, "proc/stat", fmt.Sprintf("cpu0 %d 0 900 5000 12 30 40 55\ncpu1 %d 0 407125409371 1065 0 537 124 %d\nbtime 1767225600\n",
			2000+n, 1692+n, 43234556068+int64(n)*9876543210))
	}
	hosttest.Write(t, root, "proc/loadavg", "1.00 1.00 1.00 1/120 4242\n")
	write(0)
	s := started(t, watch(t).Settings, `
scrapers: {cpu: {metrics: {system.cpu.utilization: {enabled: true, attributes: [cpu, state]}}}, load: {cpu_average: true}}
root_path: `+root)
	fallen := neverFalls{}
	for n := range 5 {
		write(n)
		points, errs := errorsOf(t, s)
		switch n {
		case 0:
			assert.Equal(t, []string{"cpu: proc/stat: system in line 2 is implausible"}, errs)
		case 1:
			assert.Equal(t, []string{"cpu: CPU times: steal is implausible"}, errs, "years in a moment")
		default:
			assert.Empty(t, errs)
		}
		assert.Equal(t, 2.0, points["system.cpu.logical.count[]"].value())
		assert.Equal(t, 0.5, points["system.cpu.load_average.1m[]"].value())
		assert.InDelta(t, 36.92+0.02*float64(n), points["system.cpu.time[state:user]"].value(), 1e-9)
		assert.InDelta(t, 9, points["system.cpu.time[state:system]"].value(), 1e-9, "of the CPU whose is known")
		if n > 0 {
			assert.Equal(t, 1.0, points["system.cpu.utilization[cpu:cpu1 state:user]"].value())
			assert.NotContains(t, points, "system.cpu.utilization[cpu:cpu1 state:system]")
			assert.NotContains(t, points, "system.cpu.utilization[cpu:cpu1 state:steal]")
		}
		for id, p := range points {
			if strings.HasPrefix(id, "system.cpu.time") {
				assert.GreaterOrEqual(t, p.value(), fallen[id], id)
				fallen[id] = p.value()
			}
		}
	}
}

// TestCPUWithoutTicks: a CPU that has counted no tick since the scrape before was not idle for 0 % of the time: it has no
// shares, and a mean over CPUs is that of the others.
func TestCPUWithoutTicks(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/stat", "cpu0 10 0 0 30 0 0 0 0\ncpu1 20 0 0 40 0 0 0 0\nbtime 1767225600\n")
	const config = "scrapers: {cpu: {metrics: {system.cpu.utilization: {enabled: true, attributes: "
	each := started(t, watch(t).Settings, config+"[cpu, state]}}}}\nroot_path: "+root)
	folded := started(t, watch(t).Settings, config+"[state]}}}}\nroot_path: "+root)
	scrapeAll(t, each)
	scrapeAll(t, folded)
	hosttest.Write(t, root, "proc/stat", "cpu0 10 0 0 30 0 0 0 0\ncpu1 21 0 0 43 0 0 0 0\nbtime 1767225600\n")
	points := scrapeAll(t, each)
	for id := range points {
		assert.False(t, strings.HasPrefix(id, "system.cpu.utilization[cpu:cpu0"), id)
	}
	assert.Equal(t, 0.75, points["system.cpu.utilization[cpu:cpu1 state:idle]"].value())
	assert.Equal(t, 0.75, scrapeAll(t, folded)["system.cpu.utilization[state:idle]"].value())
}

// TestFrequencyOfZero: a CPU of 0 Hz does not know its frequency.
func TestFrequencyOfZero(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/stat", "cpu0 10 0 0 30 0 0 0 0\ncpu1 20 0 0 40 0 0 0 0\nbtime 1767225600\n")
	hosttest.Write(t, root, "proc/cpuinfo", "processor\t: 0\ncpu MHz\t\t: 0.000\n\nprocessor\t: 1\ncpu MHz\t\t: 2400.000\n")
	s := started(t, watch(t).Settings, "scrapers: {cpu: {metrics: {system.cpu.frequency: {enabled: true, attributes: [cpu]}}}}\nroot_path: "+root)
	points, errs := errorsOf(t, s)
	assert.NotContains(t, points, "system.cpu.frequency[cpu:cpu0]")
	assert.Equal(t, 2.4e9, points["system.cpu.frequency[cpu:cpu1]"].value())
	assert.Equal(t, []string{"cpu: proc/cpuinfo: cpu MHz in line 2 is implausible"}, errs)
}

const netDevTitles = "Inter-|   Receive                                                |  Transmit\n" +
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"

// TestDropBeyondBelief: a counter of an interface has stepped below zero, and stands there as a number near 2^64.
func TestDropBeyondBelief(t *testing.T) {
	root := t.TempDir()
	write := func(drop string) {
		hosttest.Write(t, root, "proc/net/dev", netDevTitles+
			"    lo:    1000      10    0    7    0     0          0         0     1000      10    0    0    0     0       0          0\n"+
			"  eth0: 5000000    4000    1 "+drop+"    0     0          0         3  6000000    5000    4    5    0     0       0          0\n")
	}
	hosttest.Write(t, root, "proc/stat", "btime 1767225600\n")
	write("18446744073709551613")
	const config = "scrapers: {network: "
	each := started(t, watch(t).Settings, config+"}\nroot_path: "+root)
	folded := started(t, watch(t).Settings, config+"{metrics: {system.network.dropped: {attributes: [direction]}}}}\nroot_path: "+root)
	fallen := neverFalls{}
	for i, tt := range []struct {
		drop        string
		known       float64
		isUnknown   bool
		overDevices float64
		errs        []string
	}{
		{"18446744073709551613", 0, true, 7, []string{"network: proc/net/dev: receive drop in line 4 is implausible"}},
		{"3", 3, false, 10, nil},
		{"18446744073709551615", 0, true, 10, []string{"network: proc/net/dev: receive drop in line 4 is implausible"}},
		{"-1", 0, true, 10, nil},
		{"4", 4, false, 11, nil},
	} {
		write(tt.drop)
		points, errs := errorsOf(t, each)
		assert.Equal(t, tt.errs, errs, i)
		for id, want := range map[string]float64{
			"io[device:eth0 direction:receive]": 5000000, "io[device:eth0 direction:transmit]": 6000000,
			"packets[device:eth0 direction:receive]": 4000, "packets[device:eth0 direction:transmit]": 5000,
			"errors[device:eth0 direction:receive]": 1, "errors[device:eth0 direction:transmit]": 4,
			"dropped[device:eth0 direction:transmit]": 5, "dropped[device:lo direction:receive]": 7,
		} {
			require.Contains(t, points, "system.network."+id)
			assert.Equal(t, want, points["system.network."+id].value(), id)
		}
		const dropped = "system.network.dropped[device:eth0 direction:receive]"
		if tt.isUnknown {
			assert.NotContains(t, points, dropped)
		} else {
			assert.Equal(t, tt.known, points[dropped].value())
		}
		points, _ = errorsOf(t, folded)
		sum := points["system.network.dropped[direction:receive]"].value()
		assert.Equal(t, tt.overDevices, sum, "a sum keeps what was known last")
		assert.GreaterOrEqual(t, sum, fallen["sum"])
		fallen["sum"] = sum
		assert.Equal(t, 5.0, points["system.network.dropped[direction:transmit]"].value())
	}
}

// TestPendingBeyondBelief: the operations in flight of a disk have stepped below zero, or another number of it has. That
// number is unknown alone, and makes no other device of the disk.
func TestPendingBeyondBelief(t *testing.T) {
	root := t.TempDir()
	write := func(columns string) {
		hosttest.Write(t, root, "proc/diskstats", "   8       0 sda "+columns+" 0 0 0 0 0 0\n"+
			"   8      16 sdb 900 10 70000 450 1900 20 150000 850 0 1100 1300 0 0 0 0 0 0\n")
	}
	hosttest.Write(t, root, "proc/stat", "btime 1767225600\n")
	write("1000 10 80000 500 2000 20 160000 900 0 1200 1400")
	const config = "scrapers: {disk: "
	each := started(t, watch(t).Settings, config+"}\nroot_path: "+root)
	folded := started(t, watch(t).Settings, config+"{metrics: {system.disk.operations: {attributes: []}}}}\nroot_path: "+root)
	ids := map[string]float64{
		"operations[device:sda direction:read]": 1000, "merged[device:sda direction:read]": 10,
		"io[device:sda direction:read]": 80000 * 512, "operation_time[device:sda direction:read]": 0.5,
		"operations[device:sda direction:write]": 2000, "merged[device:sda direction:write]": 20,
		"io[device:sda direction:write]": 160000 * 512, "operation_time[device:sda direction:write]": 0.9,
		"pending_operations[device:sda]": 0, "io_time[device:sda]": 1.2, "weighted_io_time[device:sda]": 1.4,
	}
	for _, tt := range []struct{ columns, unknown, field string }{
		{"1000 10 80000 500 2000 20 160000 900 18446744073709551615 1200 1400", "pending_operations[device:sda]", "I/Os in progress"},
		{"1000 10 80000 500 2000 20 160000 900 0 1200 1400", "", ""},
		{"1000 10 80000 500 2000 20 160000 900 4294967295 1200 1400", "pending_operations[device:sda]", "I/Os in progress"},
		{"1000 10 80000 500 2000 20 160000 900 0 1200 1400", "", ""},
		{"18446744073709551613 10 80000 500 2000 20 160000 900 0 1200 1400", "operations[device:sda direction:read]", "reads completed"},
		{"1000 10 80000 500 2000 20 160000 900 0 1200 1400", "", ""},
		{"1000 10 80000 500 2000 20 -160000 900 0 1200 1400", "io[device:sda direction:write]", "sectors written"},
	} {
		write(tt.columns)
		points, errs := errorsOf(t, each)
		for id, want := range ids {
			if id == tt.unknown {
				assert.NotContains(t, points, "system.disk."+id)
				continue
			}
			require.Contains(t, points, "system.disk."+id)
			assert.Equal(t, want, points["system.disk."+id].value(), id)
			assert.Equal(t, int64(1767225600e9), int64(points["system.disk."+id].StartTimestamp()), "it is the same disk")
		}
		if tt.field == "" {
			assert.Empty(t, errs)
		} else {
			assert.Equal(t, []string{"disk: proc/diskstats: " + tt.field + " in line 1 is implausible"}, errs)
		}
		points, _ = errorsOf(t, folded)
		assert.Equal(t, 5800.0, points["system.disk.operations[]"].value(), "a sum keeps what was known last")
	}
}

// TestDelayBeyondBelief: the time that a process has waited for I/O has stepped below zero, or another number of it has. The
// process is counted, and has all its other numbers.
func TestDelayBeyondBelief(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/stat", "cpu0 100000 200 30000 900000 400 50 60 70 0 0\nbtime 1767225600\n")
	write := func(pid int, change map[int]string) {
		fields := strings.Fields("S 1 1 1 0 -1 4194560 1000 0 5 0 100 50 0 0 20 0 3 0 500 100000000 2500 18446744073709551615 1 1 1 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0")
		for i, value := range change {
			fields[i] = value
		}
		hosttest.Write(t, root, fmt.Sprintf("proc/%d/stat", pid), fmt.Sprintf("%d (app%d) %s\n", pid, pid, strings.Join(fields, " ")))
		hosttest.Write(t, root, fmt.Sprintf("proc/%d/statm", pid), "24414 2500 1000 100 0 5000 0\n")
	}
	write(200, nil)
	write(201, map[int]string{39: "18446744073709551613"})
	s := started(t, watch(t).Settings, `
scrapers:
  process: {metrics: {process.threads: {enabled: true}, process.paging.faults: {enabled: true}, process.uptime: {enabled: true}}}
  processes:
root_path: `+root)
	whole := []string{
		"process.memory.usage[]", "process.memory.virtual[]", "process.cpu.time[state:user]", "process.cpu.time[state:system]", "process.cpu.time[state:wait]",
		"process.threads[]", "process.paging.faults[type:minor]", "process.paging.faults[type:major]", "process.uptime[]",
	}
	for _, tt := range []struct {
		field          int
		value, unknown string
		err            string
	}{
		{39, "18446744073709551613", "process.cpu.time[state:wait]", "blkio_ticks"},
		{39, "0", "", ""},
		{11, "18446744073709551600", "process.cpu.time[state:user]", "utime"},
		{11, "101", "", ""},
		{12, "-50", "process.cpu.time[state:system]", "stime"},
		{12, "51", "", ""},
		{17, "4294967295", "process.threads[]", "num_threads"},
		{17, "3", "", ""},
		{9, "18446744073709551611", "process.paging.faults[type:major]", "maj_flt"},
		{9, "6", "", ""},
		{20, "18446744073709551611", "", "vsize"}, // statm has it.
		{20, "100000000", "", ""},
		{19, "18446744073709551611", "", "start_time"}, // It is known from before, and nothing says that this is another process.
	} {
		write(201, map[int]string{tt.field: tt.value})
		batch, err := s.scrape(t.Context())
		if tt.err == "" {
			assert.NoError(t, err)
		} else {
			assert.EqualError(t, err, "process: proc/[pid]/stat: "+tt.err+" is implausible")
		}
		_, points := byProcess(t, batch)
		for _, id := range whole {
			assert.Contains(t, points[200], id)
			if id == tt.unknown {
				assert.NotContains(t, points[201], id, tt.err)
			} else {
				assert.Contains(t, points[201], id, tt.err)
			}
		}
		assert.Equal(t, 2.0, points[0]["system.processes.count[status:sleeping]"].value())
		assert.Equal(t, int64(1767225600e9+500e7), int64(points[201]["process.memory.usage[]"].StartTimestamp()))
	}

	// One of which that was never known.
	write(202, map[int]string{19: "-1"})
	batch, err := s.scrape(t.Context())
	assert.NoError(t, err, "an error of this kind was reported before")
	_, points := byProcess(t, batch)
	assert.Contains(t, points[202], "process.cpu.time[state:user]")
	assert.NotContains(t, points[202], "process.uptime[]")
	assert.Equal(t, 3.0, points[0]["system.processes.count[status:sleeping]"].value())
}

// TestMemoryBeyondTotal: more memory is available than there is. What is used is derived from what is free and cached instead,
// by both backends, and the log says why.
func TestMemoryBeyondTotal(t *testing.T) {
	root := t.TempDir()
	write := func(free, available, swapFree, hugeFree int) {
		hosttest.Write(t, root, "proc/meminfo", fmt.Sprintf("MemTotal: 1000 kB\nMemFree: %d kB\nMemAvailable: %d kB\nBuffers: 10 kB\nCached: 200 kB\n"+
			"SReclaimable: 30 kB\nSUnreclaim: 5 kB\nDirty: 1 kB\nShmem: 2 kB\nSwapTotal: 100 kB\nSwapFree: %d kB\n"+
			"HugePages_Total: 16\nHugePages_Free: %d\nHugePages_Rsvd: 0\nHugePages_Surp: 0\nHugepagesize: 2048 kB\n", free, available, swapFree, hugeFree))
	}
	hosttest.Write(t, root, "proc/stat", "btime 1767225600\n")
	write(300, 600, 90, 4)
	const config = "\nscrapers: {memory: {metrics: {system.memory.utilization: {enabled: true}, system.linux.memory.available: {enabled: true}, " +
		"system.memory.linux.hugepages.usage: {enabled: true}, system.memory.linux.hugepages.limit: {enabled: true}}}}\nroot_path: "
	for _, backend := range []string{"native", "portable"} {
		s := started(t, watch(t).Settings, "backend: "+backend+config+root)
		for _, tt := range []struct {
			free, available, swapFree, hugeFree int
			used                                float64 // -1 is unknown.
			err                                 string
		}{
			{300, 600, 90, 4, 400, ""},
			{300, 1001, 90, 4, 470, "MemAvailable is implausible"},
			{300, 600, 90, 4, 400, ""},
			{1001, 600, 90, 4, 400, "MemFree is implausible"},
			{300, 600, 90, 4, 400, ""},
			{900, 1001, 90, 4, -1, "MemAvailable is implausible"},
			{300, 600, 90, 4, 400, ""},
			{300, 600, 101, 4, 400, "SwapFree is implausible"},
			{300, 600, 90, 4, 400, ""},
			{300, 600, 90, 17, 400, "HugePages_Free is implausible"},
		} {
			write(tt.free, tt.available, tt.swapFree, tt.hugeFree)
			points, errs := errorsOf(t, s)
			if backend == "native" && tt.err != "" {
				assert.Equal(t, []string{"memory: proc/meminfo: " + tt.err}, errs)
			} else {
				assert.Empty(t, errs)
			}
			if tt.used < 0 {
				assert.NotContains(t, points, "system.memory.usage[state:used]")
				assert.NotContains(t, points, "system.linux.memory.available[]")
			} else {
				assert.Equal(t, tt.used*1024, points["system.memory.usage[state:used]"].value(), tt)
				assert.Equal(t, tt.used/1000, points["system.memory.utilization[state:used]"].value())
				assert.Equal(t, (1000-tt.used)*1024, points["system.linux.memory.available[]"].value())
			}
			if tt.free > 1000 {
				assert.NotContains(t, points, "system.memory.usage[state:free]")
			} else {
				assert.Equal(t, float64(tt.free)*1024, points["system.memory.usage[state:free]"].value())
			}
			assert.Equal(t, 230.0*1024, points["system.memory.usage[state:cached]"].value())
			assert.Equal(t, 16.0, points["system.memory.linux.hugepages.limit[]"].value())
			if tt.hugeFree > 16 {
				assert.NotContains(t, points, "system.memory.linux.hugepages.usage[system.memory.linux.hugepages.state:free]")
				assert.NotContains(t, points, "system.memory.linux.hugepages.usage[system.memory.linux.hugepages.state:used]")
			} else {
				assert.Equal(t, 12.0, points["system.memory.linux.hugepages.usage[system.memory.linux.hugepages.state:used]"].value())
			}
			if s.snapshot.Memory.SwapTotal.Known {
				assert.Equal(t, tt.swapFree <= 100, s.snapshot.Memory.SwapUsed.Known)
			}
		}
	}
}

// TestOneNumberCostsItself makes each number of each file of a captured host impossible, one after the other: nothing but
// what is made of that number is missing then, nothing impossible is emitted, and an error names it.
func TestOneNumberCostsItself(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	hosttest.Write(t, root, "proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/zram0 partition\t16777212\t1024\t\t100\n")
	set := watch(t)
	s := started(t, set.Settings, everyMetric+`
  system.linux.memory.available: {enabled: true}
  system.linux.memory.dirty: {enabled: true}
  system.memory.limit: {enabled: true}
  system.memory.linux.shared: {enabled: true}
template: standard
scrapers: {network: {softnet: true}, filesystem: {enabled: false}, quota: {enabled: false}, processes: {enabled: false}}
root_path: `+root)
	scrapeAll(t, s)
	whole := scrapeAll(t, s)
	numbers := regexp.MustCompile(`\b\d+(\.\d+)?\b`)
	// How much is made of a number, where that is more than two points.
	parts := map[string]int{"MemTotal": 12, "/dev/zram0": 4}
	for _, file := range []string{
		"proc/stat", "proc/meminfo", "proc/loadavg", "proc/vmstat", "proc/swaps", "proc/diskstats", "proc/uptime", "proc/sys/fs/file-nr",
		"proc/sys/kernel/pid_max", "proc/pressure/cpu", "proc/pressure/memory", "proc/pressure/io", "proc/1/net/dev", "proc/1/net/snmp",
		"proc/1/net/netstat", "proc/1/net/sockstat", "proc/1/net/sockstat6", "proc/1/net/snmp6",
	} {
		text, err := os.ReadFile(root + "/" + file)
		if errors.Is(err, fs.ErrNotExist) {
			t.Log("the captured host is without", file)
			continue
		}
		require.NoError(t, err)
		for _, at := range numbers.FindAllIndex(text, -1) {
			line := string(text[bytes.LastIndexByte(text[:at[0]], '\n')+1 : at[1]])
			if isIdentity(file, line, string(text[at[0]:at[1]])) {
				continue
			}
			hosttest.Write(t, root, file, string(text[:at[0]])+"18446744073709551613"+string(text[at[1]:]))
			batch, err := s.scrape(t.Context())
			points := pointsOf(t, batch)
			var missing []string
			for id := range whole {
				if _, ok := points[id]; !ok {
					missing = append(missing, id)
				}
			}
			most := 2
			for prefix, n := range parts {
				if strings.HasPrefix(line, prefix) {
					most = n
				}
			}
			assert.LessOrEqual(t, len(missing), most, "%s: %s: %v", file, line, missing)
			for id, p := range points {
				assert.Less(t, p.value(), 1e18, "%s: %s: %s", file, line, id)
			}
			if len(missing) > 0 {
				require.Error(t, err, "%s: %s: %v", file, line, missing)
				assert.Regexp(t, "^[a-z]+: "+file+": ([^;]* is implausible|line 1 is malformed)$", err.Error())
			}
			hosttest.Write(t, root, file, string(text))
			assert.Len(t, scrapeAll(t, s), len(whole), "%s: %s: all have recovered", file, line)
		}
	}
}

// isIdentity reports whether the number at the end of line says what the line is about, or may be anything.
func isIdentity(file, line, number string) bool {
	switch file {
	case "proc/stat":
		return strings.HasPrefix(line, "btime")
	case "proc/vmstat":
		return !strings.HasPrefix(line, "pg") && !strings.HasPrefix(line, "psw") && !strings.HasPrefix(line, "oom")
	case "proc/meminfo":
		return !regexp.MustCompile("^(Mem|Swap|Huge|SR|SU|Buffers|Cached|Dirty|Shmem:)").MatchString(line)
	case "proc/1/net/snmp":
		return !strings.HasPrefix(line, "Tcp:") && !strings.HasPrefix(line, "Udp:")
	case "proc/diskstats":
		return len(strings.Fields(line)) <= 3 // Its device number and name.
	case "proc/1/net/dev":
		return !strings.Contains(line, ":") || strings.HasSuffix(line, number) && !strings.Contains(line, " ")
	case "proc/1/net/netstat":
		return len(strings.Fields(line))%16 > 0 // There are too many.
	case "proc/sys/fs/file-nr":
		return len(strings.Fields(line)) == 3 // The limit may be none.
	}
	return false
}

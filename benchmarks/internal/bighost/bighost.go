// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package bighost makes the root of a big machine: 256 CPUs on 128 cores, 512 disks, 1,000 network interfaces and 2,000
// processes. The same code makes the same root, to the byte.
package bighost

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// What there is of each.
const (
	cpus       = 256
	disks      = 512
	interfaces = 1000
	processes  = 2000
	swapAreas  = 4
)

// Make writes the files below root.
func Make(root string) error {
	h := host{root: root, random: rand.New(rand.NewPCG(1, 2))}
	h.kernel()
	h.memory()
	h.topology()
	h.disks()
	h.interfaces()
	for pid := 1; pid <= processes; pid++ {
		h.process(pid)
	}
	return h.err
}

type host struct {
	root   string
	random *rand.Rand
	err    error
}

// n is a number below limit.
func (h *host) n(limit int) int { return h.random.IntN(limit) }

func (h *host) write(name, format string, args ...any) {
	if h.err != nil {
		return
	}
	path := filepath.Join(h.root, name)
	if h.err = os.MkdirAll(filepath.Dir(path), 0o755); h.err == nil {
		h.err = os.WriteFile(path, fmt.Appendf(nil, format, args...), 0o600)
	}
}

func (h *host) kernel() {
	var stat strings.Builder
	stat.WriteString("cpu  0 0 0 0 0 0 0 0 0 0\n")
	for i := range cpus {
		fmt.Fprintf(&stat, "cpu%d %d %d %d %d %d %d %d %d 0 0\n", i,
			h.n(9e6), h.n(1e5), h.n(9e6), h.n(9e8), h.n(1e6), h.n(1e5), h.n(1e6), h.n(1e5))
	}
	stat.WriteString("intr 987654321987")
	for range 2000 {
		fmt.Fprintf(&stat, " %d", h.n(1e6))
	}
	stat.WriteString("\nctxt 123456789012\nbtime 1767225600\nprocesses 4567890\nprocs_running 17\nprocs_blocked 3\n")
	h.write("proc/stat", "%s", stat.String())
	h.write("proc/loadavg", "123.45 98.76 54.32 17/4321 654321\n")
	h.write("proc/uptime", "8640000.25 1234567890.12\n")
	h.write("proc/sys/fs/file-nr", "123456\t0\t9223372036854775807\n")
	h.write("proc/sys/kernel/pid_max", "4194304\n")
	for _, resource := range []string{"cpu", "memory", "io", "irq"} {
		h.write("proc/pressure/"+resource, "some avg10=1.23 avg60=2.34 avg300=3.45 total=%d\nfull avg10=0.12 avg60=0.23 avg300=0.34 total=%d\n", h.n(1e9), h.n(1e8))
	}
	h.write("etc/hostname", "big\n")
	h.write("etc/machine-id", "b16b16b16b16b16b16b16b16b16b16b1\n")
	h.write("etc/os-release", "PRETTY_NAME=\"Big Linux 1\"\nVERSION_ID=1\n")
}

func (h *host) memory() {
	h.write("proc/meminfo", "MemTotal: 1056787456 kB\nMemFree: 123456788 kB\nMemAvailable: 654321000 kB\nBuffers: 1234568 kB\n"+
		"Cached: 500000000 kB\nSwapCached: 0 kB\nActive: 200000000 kB\nInactive: 300000000 kB\nDirty: 123456 kB\nShmem: 654320 kB\n"+
		"Slab: 20000000 kB\nSReclaimable: 15000000 kB\nSUnreclaim: 5000000 kB\nHugePages_Total: 1024\nHugePages_Free: 512\n"+
		"HugePages_Rsvd: 16\nHugePages_Surp: 8\nHugepagesize: 2048 kB\n")
	h.write("proc/vmstat", "nr_free_pages 30864197\npgpgin 98765432100\npgpgout 123456789000\npswpin 123456\npswpout 654321\n"+
		"pgfault 9876543210987\npgmajfault 1234567\noom_kill 3\n")
	var swaps strings.Builder
	swaps.WriteString("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n")
	for i := range swapAreas {
		fmt.Fprintf(&swaps, "/dev/zram%d partition 67108860 %d %d\n", i, h.n(67108860), -2-i)
	}
	h.write("proc/swaps", "%s", swaps.String())
}

func (h *host) topology() {
	var info strings.Builder
	for i := range cpus {
		core := i % (cpus / 2)
		fmt.Fprintf(&info, "processor\t: %d\nmodel name\t: Big CPU\ncpu MHz\t\t: %d.%03d\nphysical id\t: %d\ncore id\t\t: %d\ncpu cores\t: 64\nflags\t\t: fpu vme\n\n",
			i, 1000+h.n(2500), h.n(1000), core/64, core%64)
		h.write(fmt.Sprintf("sys/devices/system/cpu/cpu%d/topology/core_cpus_list", i), "%d,%d\n", core, core+cpus/2)
	}
	h.write("proc/cpuinfo", "%s", info.String())
}

func (h *host) disks() {
	var b strings.Builder
	for i := range disks {
		fmt.Fprintf(&b, "%4d %7d nvme%dn1 %d %d %d %d %d %d %d %d %d %d %d 0 0 0 0 0 0\n", 259, i, i,
			h.n(1e8), h.n(1e6), h.n(1e9), h.n(1e8), h.n(1e8), h.n(1e6), h.n(1e9), h.n(1e8), h.n(8), h.n(1e8), h.n(1e9))
	}
	h.write("proc/diskstats", "%s", b.String())
}

func (h *host) interfaces() {
	var b strings.Builder
	b.WriteString("Inter-|   Receive                                                |  Transmit\n" +
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n")
	for i := range interfaces {
		fmt.Fprintf(&b, "%7s%d: %d %d %d %d 0 0 0 0 %d %d %d %d 0 0 0 0\n", "veth", i,
			h.n(1e12), h.n(1e9), h.n(100), h.n(1000), h.n(1e12), h.n(1e9), h.n(100), h.n(1000))
	}
	h.write("proc/net/dev", "%s", b.String())
	h.write("proc/1/net/dev", "%s", b.String())
	for _, name := range []string{"tcp", "tcp6"} { // It has no sockets.
		const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
		h.write("proc/net/"+name, header)
		h.write("proc/1/net/"+name, header)
	}
}

func (h *host) process(pid int) {
	dir := fmt.Sprintf("proc/%d/", pid)
	name := fmt.Sprintf("worker-%d", pid)
	threads, resident := 1+h.n(64), h.n(1e6)
	h.write(dir+"stat", "%d (%s) S %d %d %d 0 -1 4194304 %d 0 %d 0 %d %d 0 0 20 0 %d 0 %d %d %d 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 %d 0 0\n",
		pid, name, pid/2, pid, pid, h.n(1e7), h.n(1e4), h.n(1e6), h.n(1e6), threads, 100+pid, 4096*2*resident, resident, h.n(100))
	h.write(dir+"statm", "%d %d 100 10 0 50 0\n", 2*resident, resident)
	h.write(dir+"status", "Name:\t%s\nState:\tS (sleeping)\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\nUid:\t%d\t0\t0\t0\nThreads:\t%d\n"+
		"SigQ:\t0/96000\nvoluntary_ctxt_switches:\t%d\nnonvoluntary_ctxt_switches:\t%d\n", name, pid, pid, pid/2, pid%10, threads, h.n(1e6), h.n(1e4))
	h.write(dir+"comm", "%s\n", name)
	h.write(dir+"cmdline", "/usr/bin/%s\x00--instance\x00%d\x00", name, pid)
	h.write(dir+"io", "rchar: %d\nwchar: %d\nsyscr: 1\nsyscw: 1\nread_bytes: %d\nwrite_bytes: %d\ncancelled_write_bytes: 0\n",
		h.n(1e9), h.n(1e9), h.n(1e9), h.n(1e9))
	h.write(dir+"cgroup", "0::/system.slice/worker.service\n")
}

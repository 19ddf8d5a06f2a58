// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"
)

// What the big host has of each.
const (
	manyCPUs       = 64
	manyDisks      = 128
	manyInterfaces = 100
)

// many is a big host, with processes whose names and arguments are made to be misread. In between a CPU goes offline, swap
// is switched off, a process ends and another one has its number.
func many(moment int) []txtar.File {
	c := newCounts(moment)
	files := base("many", moment)[:3]
	var stat, info, disks, dev strings.Builder
	stat.WriteString(c.line("cpu ", 10))
	dev.WriteString(netDevHeader)
	for i := range manyCPUs {
		line := c.line(fmt.Sprintf("cpu%d", i), 8)
		frequency := 1000 + c.next()%3000
		core := i % (manyCPUs / 2)
		if moment == 1 && i == manyCPUs-1 {
			continue
		}
		stat.WriteString(strings.TrimSuffix(line, "\n") + " 0 0\n")
		fmt.Fprintf(&info, "processor\t: %d\ncpu MHz\t\t: %d.500\nphysical id\t: %d\ncore id\t\t: %d\n\n", i, frequency, core/16, core%16)
		files = append(files, text(fmt.Sprintf("sys/devices/system/cpu/cpu%d/topology/core_cpus_list", i), fmt.Sprintf("%d,%d\n", core, core+manyCPUs/2)))
	}
	stat.WriteString(c.line("intr", 9) + c.line("ctxt", 1) + "btime 1767225600\n" + c.line("processes", 1) + "procs_running 7\nprocs_blocked 2\n")
	for i := range manyDisks {
		disks.WriteString(strings.TrimSuffix(c.line(fmt.Sprintf(" 259 %7d nvme%dn1", i, i), 8), "\n") + " 0" + c.line("", 8))
	}
	for i := range manyInterfaces {
		dev.WriteString(c.line(fmt.Sprintf("%7s:", fmt.Sprint("eth", i)), 16))
	}
	swaps := "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
	swapTotal := 0
	if moment == 0 {
		swaps += "/dev/zram0                              partition\t4194300\t\t1024\t\t100\n/swap\\040file                            file\t\t2097148\t\t0\t\t-2\n"
		swapTotal = 4194300 + 2097148
	}
	files = append(files,
		text("proc/stat", stat.String()),
		text("proc/uptime", fmt.Sprintf("%d.25 %d.00\n", 100000+60*moment, 5000000+3000*moment)),
		text("proc/loadavg", fmt.Sprintf("%d.45 48.76 24.32 7/1321 %d\n", 63+moment, 54321+moment)),
		text("proc/cpuinfo", info.String()),
		text("proc/meminfo", fmt.Sprintf("MemTotal: 263852032 kB\nMemFree: %d kB\nMemAvailable: 154321000 kB\nBuffers: 234568 kB\nCached: 90000000 kB\nSwapCached: 0 kB\n"+
			"Active: 20000000 kB\nInactive: 60000000 kB\nSwapTotal: %d kB\nSwapFree: %d kB\nDirty: 3456 kB\nShmem: 54320 kB\nSlab: 2000000 kB\nSReclaimable: 1500000 kB\n"+
			"SUnreclaim: 500000 kB\nHugePages_Total: 1024\nHugePages_Free: 512\nHugePages_Rsvd: 16\nHugePages_Surp: 8\nHugepagesize: 2048 kB\n", 50000000+moment, swapTotal, max(swapTotal-1024, 0))),
		text("proc/vmstat", fmt.Sprintf("pgpgin %d\npgpgout %d\n", 64*(1e6+c.next()), 64*(1e6+c.next()))+c.line("pswpin", 1)+c.line("pswpout", 1)+c.line("pgfault", 1)+c.line("pgmajfault", 1)+c.line("oom_kill", 1)),
		text("proc/swaps", swaps),
		text("proc/diskstats", disks.String()),
		txtar.File{Name: "proc/net -> 1/net"},
		text("proc/1/net/dev", dev.String()),
		text("proc/1/net/tcp", sockets), text("proc/1/net/tcp6", sockets),
	)
	for pid, p := range processes(moment) {
		files = append(files, p.files(pid+1, c)...)
	}
	return files
}

// hostProcess is a process.
type hostProcess struct {
	name, arguments string
	state           byte
	start           int // Ticks after boot.
}

// processes are numbered from 1 on.
func processes(moment int) []hostProcess {
	ended := hostProcess{"job", "job\x00one\x00", 'S', 5000}
	if moment == 1 { // The next one with this number.
		ended = hostProcess{"job", "job\x00two\x00", 'R', 9000000}
	}
	return []hostProcess{
		{"init", "/sbin/init\x00", 'S', 1},
		{"kthreadd", "", 'S', 1},
		ended,
		{") R 1 (", ") R 1 (\x00", 'S', 600},
		{"new\nline", "sh\x00-c\x00two\nlines\x00", 'S', 700},
		{"tab\t\xff", "\x00\x00empty\x00\x00\x00", 'D', 800},
		{"a-name-of-fifte", "/usr/bin/a-name-of-fifteen-and-more\x00--password\x00hunter2\x00", 'S', 900},
		{"zombie", "", 'Z', 1000},
		{"titled", "titled: writer process      ", 'S', 1100},
	}
}

func (p *hostProcess) files(pid int, c *counts) []txtar.File {
	dir := fmt.Sprintf("proc/%d/", pid)
	size, resident := 20000, 5000
	if p.arguments == "" {
		size, resident = 0, 0
	}
	// Names as /proc/PID/status has them.
	escaped := strings.NewReplacer("\\", `\\`, "\n", `\n`).Replace(p.name)
	files := []txtar.File{
		exactly(dir+"stat", fmt.Sprintf("%d (%s) %c %d 1 1 0 -1 4194304 %d 0 %d 0 %d %d 0 0 20 0 %d 0 %d %d %d 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 %d 0 0\n",
			pid, p.name, p.state, min(pid-1, 1), c.next(), c.next(), c.next(), c.next(), pid, p.start, 4096*size, resident, c.next())),
		exactly(dir+"comm", p.name+"\n"),
		exactly(dir+"cmdline", p.arguments),
		exactly(dir+"status", fmt.Sprintf("Name:\t%s\nState:\t%c (some)\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nThreads:\t%d\nSigQ:\t%d/96000\nvoluntary_ctxt_switches:\t%d\nnonvoluntary_ctxt_switches:\t%d\n",
			escaped, p.state, pid, pid, min(pid-1, 1), pid, pid, c.next(), c.next())),
		text(dir+"statm", fmt.Sprintf("%d %d 100 10 0 50 0\n", size, resident)),
		text(dir+"io", fmt.Sprintf("rchar: %d\nwchar: %d\nsyscr: %d\nsyscw: %d\nread_bytes: %d\nwrite_bytes: %d\ncancelled_write_bytes: 0\n", c.next(), c.next(), c.next(), c.next(), c.next(), c.next())),
		text(dir+"cgroup", "0::/system.slice/work.service\n"),
	}
	if p.arguments != "" {
		files = append(files, txtar.File{Name: dir + "exe -> /usr/bin/program"})
	}
	return files
}

// exactly is a file that may have any bytes, and end without a line feed.
func exactly(name, data string) txtar.File {
	return txtar.File{Name: name + " = " + strconv.QuoteToASCII(data)}
}

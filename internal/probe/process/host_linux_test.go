// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// wholeProcess requests everything that both domains can read, except ProcessList.Top and Processes.Created.
var wholeProcess = snapshot.Want{
	Processes: snapshot.ProcessesWant{ByStatus: true},
	Process:   snapshot.ProcessWant{Memory: true, MemoryShare: true, IO: true, Switches: true, Signals: true, FileDescriptors: true, FileDescriptorLimit: true, Utilization: true, Command: true, Path: true, Owner: true, Cgroup: true},
}

// options are those of the host, of the source and of the history.
type options struct {
	root    string
	timeout time.Duration // Of one call, 0 for a second.
	process Options
	history History
}

// reader reads both domains of one host. Its Source and History are those of the domain process.
type reader struct {
	*sourcetest.Reader
	host   *source.Host
	source *Source
	counts source.Source // Of the domain processes.
}

// open opens a host until the test ends. Its snapshots have the boot time of its /proc/stat.
func open(t testing.TB, o options, want snapshot.Want) *reader {
	t.Helper()
	h := sourcetest.Open(t, source.Options{Root: o.root, Timeout: o.timeout})
	table := NewTable(h)
	r := &reader{host: h, source: New(h, table, &o.process), counts: NewCounts(h, table)}
	r.Reader = &sourcetest.Reader{Domain: snapshot.DomainProcess, Source: r.source, History: &o.history, Want: want}
	var s snapshot.Snapshot
	r.Begin(&s, 1)
	if stat, _ := h.Stat.Parse(&r.Scrape); stat.BootTime.Known {
		r.BootTime = int64(stat.BootTime.N) * 1e9
	}
	return r
}

// readDomain reads one of the domains into the snapshot that was begun last.
func (r *reader) readDomain(d snapshot.Domain) []source.Fault {
	if d == snapshot.DomainProcesses {
		return r.Scrape.Read(context.Background(), d, r.counts, nil)
	}
	return r.Scrape.Read(context.Background(), d, r.Source, r.History)
}

// readProcesses takes a snapshot of both domains and returns their faults.
func readProcesses(t testing.TB, p *reader, s *snapshot.Snapshot) (faults []source.Fault) {
	t.Helper()
	p.Begin(s, time.Now().UnixNano())
	for _, d := range []snapshot.Domain{snapshot.DomainProcesses, snapshot.DomainProcess} {
		faults = append(faults, p.readDomain(d)...)
	}
	return faults
}

// readQuietly is readProcesses without the faults, and without allocations of its own.
func readQuietly(p *reader, s *snapshot.Snapshot) {
	p.Begin(s, time.Now().UnixNano())
	p.readDomain(snapshot.DomainProcesses)
	p.readDomain(snapshot.DomainProcess)
}

// processHost returns a root with two processes, 10 and 11.
func processHost(t testing.TB) (root string) {
	t.Helper()
	root = t.TempDir()
	hosttest.Write(t, root, "proc/stat", "cpu0 1 2 3 4 5 6 7 8\ncpu1 1 2 3 4 5 6 7 8\nbtime 1767225600\nprocesses 99\n")
	hosttest.Write(t, root, "proc/meminfo", "MemTotal: 1000 kB\n")
	hosttest.Write(t, root, "etc/passwd", fmt.Sprintf("someone:x:%d:0::/:/bin/sh\n", os.Getuid()))
	writeProcess(t, root, 10, "one", "/usr/bin/one\x00--token\x00x\x00")
	writeProcess(t, root, 11, "fifteen-letters", "/opt/fifteen-letters-and-more\x00")
	return root
}

// writeProcess writes all files of a process below root.
func writeProcess(t testing.TB, root string, pid int, comm, cmdline string) {
	t.Helper()
	dir := fmt.Sprintf("proc/%d/", pid)
	writeStat(t, root, pid, comm, "S", uint64(1000+pid), 4096, 77)
	hosttest.Write(t, root, dir+"statm", fmt.Sprintf("%d %d 0 0 0 0 0\n", 20+pid, 10+pid))
	hosttest.Write(t, root, dir+"io", fmt.Sprintf("rchar: %d1\nwchar: %[1]d2\nsyscr: %[1]d3\nsyscw: %[1]d4\nread_bytes: 9\n", pid))
	hosttest.Write(t, root, dir+"status", fmt.Sprintf("Name:\t%s\nState:\tS (sleeping)\nPPid:\t1\nUid:\t%d\t0\t0\t0\nThreads:\t1\nShdPnd:\t0000000000000003\nvoluntary_ctxt_switches:\t%d5\n"+
		"nonvoluntary_ctxt_switches:\t%[3]d6\n", strings.ReplaceAll(comm, "\n", `\n`), os.Getuid(), pid))
	hosttest.Write(t, root, dir+"comm", comm+"\n")
	hosttest.Write(t, root, dir+"cmdline", cmdline)
	hosttest.Write(t, root, dir+"cgroup", "1:cpu:/\n0::/machine.slice/machine-my\\x2dbox.scope/gr\\xc3\\xbcn.service\n")
	if _, err := os.Lstat(root + "/" + dir + "exe"); err != nil {
		hosttest.Link(t, root, dir+"exe", fmt.Sprintf("/usr/bin/program-%d", pid))
		for _, fd := range []string{"0", "1", "7"} {
			hosttest.Link(t, root, dir+"fd/"+fd, "/dev/null")
		}
	}
}

// writeStat writes /proc/PID/stat of a process started ticks after boot. Its other numbers are around 100 times its PID.
func writeStat(t testing.TB, root string, pid int, comm, state string, ticks uint64, vsize, stack int) {
	t.Helper()
	hosttest.Write(t, root, fmt.Sprintf("proc/%d/stat", pid), fmt.Sprintf("%d (%s) %s 1 1 1 0 -1 0 %d 0 %d 0 %d %d 0 0 20 0 1 0 %d %d 7 0 0 0 %d"+
		" 0 0 0 0 0 0 0 0 0 0 0 0 0 %d 0 0\n", pid, comm, state, 100*pid+1, 100*pid+2, 100*pid+3, 100*pid+4, ticks, vsize, stack, 100*pid+5))
}

func namesOf(s *snapshot.Snapshot) (names []string) {
	for i := range s.ProcessList.List {
		names = append(names, s.ProcessList.List[i].Name)
	}
	return names
}

func known(n uint64) snapshot.Quantity { return snapshot.Known(n) }

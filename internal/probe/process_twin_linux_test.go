// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// writeWorker writes the files of a process below root, with numbers around 100 times its PID.
func writeWorker(t *testing.T, root string, pid int) {
	t.Helper()
	write := func(name, format string, values ...any) {
		hosttest.Write(t, root, fmt.Sprintf("proc/%d/%s", pid, name), fmt.Sprintf(format, values...))
	}
	write("stat", "%d (worker-%[1]d) S 1 1 1 0 -1 0 %[2]d1 0 %[2]d2 0 %[2]d3 %[2]d4 0 0 20 0 1 0 %d 4096 7 0 0 0 77"+
		" 0 0 0 0 0 0 0 0 0 0 0 0 0 %[2]d5 0 0\n", pid, 10*pid, 1000+pid)
	write("statm", "%d %d 0 0 0 0 0\n", 20+pid, 10+pid)
	write("io", "rchar: %d1\nwchar: %[1]d2\nsyscr: %[1]d3\nsyscw: %[1]d4\nread_bytes: 9\n", pid)
	write("status", "Name:\tworker-%d\nState:\tS (sleeping)\nPPid:\t1\nUid:\t%d\t0\t0\t0\nThreads:\t1\nShdPnd:\t0000000000000003\n"+
		"voluntary_ctxt_switches:\t%[1]d5\nnonvoluntary_ctxt_switches:\t%[1]d6\n", pid, os.Getuid())
	write("comm", "worker-%d\n", pid)
	write("cmdline", "/bin/worker\x00password=x\x00")
	write("cgroup", "1:cpu:/\n0::/x.service\n")
	hosttest.Link(t, root, fmt.Sprintf("proc/%d/exe", pid), fmt.Sprintf("/usr/bin/program-%d", pid))
	for _, fd := range []string{"0", "1", "7"} {
		hosttest.Link(t, root, fmt.Sprintf("proc/%d/fd/%s", pid, fd), "/dev/null")
	}
}

// TestProcessTwins reads the same processes with both backends.
func TestProcessTwins(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/stat", "cpu0 1 2 3 4 5 6 7 8\ncpu1 1 2 3 4 5 6 7 8\nbtime 1767225600\nprocesses 99\n")
	hosttest.Write(t, root, "proc/meminfo", "MemTotal: 1000 kB\n")
	hosttest.Write(t, root, "etc/passwd", fmt.Sprintf("someone:x:%d:0::/:/bin/sh\n", os.Getuid()))
	pids := []int{1, os.Getppid(), os.Getpid()} // gopsutil lists only processes whose PIDs are in use on this host.
	for _, pid := range pids {
		writeWorker(t, root, pid)
	}
	want := snapshot.Want{Processes: snapshot.ProcessesWant{ByStatus: true}, Process: everything.Process}
	var s [2]snapshot.Snapshot
	for i, backend := range []Backend{BackendNative, BackendPortable} {
		p := open(t, Options{Root: root, Backend: backend, MaskCommandLines: true}, want)
		p.Begin(&s[i], time.Now().UnixNano())
		p.Read(context.Background(), snapshot.DomainProcesses)
		p.Read(context.Background(), snapshot.DomainProcess)
		for j := range s[i].ProcessList.List {
			one := &s[i].ProcessList.List[j]
			one.Start, one.Cgroup, one.SignalsPending, one.Owner = 0, "", snapshot.Quantity{}, ""
		}
	}
	require.Len(t, s[0].ProcessList.List, len(pids))
	s[0].ProcessList.CPUs, s[1].ProcessList.CPUs = snapshot.Quantity{}, snapshot.Quantity{}
	assert.ElementsMatch(t, s[0].ProcessList.List, s[1].ProcessList.List)
	assert.Equal(t, s[0].Processes, s[1].Processes)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"fmt"
	"os"
	"os/exec"
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

// TestEveryNumberOfAProcess compares every field of a process with the kernel files that it is read from.
func TestEveryNumberOfAProcess(t *testing.T) {
	var s snapshot.Snapshot
	require.Empty(t, readProcesses(t, open(t, options{root: processHost(t), process: Options{MaskCommandLines: true}}, wholeProcess), &s))
	require.Len(t, s.ProcessList.List, 2)
	assert.Equal(t, snapshot.Process{
		PID: 10, ParentPID: snapshot.Known(1), Start: 1767225600e9 + 1010*1e7,
		Name: "one", Path: "/usr/bin/program-10", Command: "/usr/bin/one", CommandLine: "/usr/bin/one --token ***", Owner: "someone",
		Cgroup: "1:cpu:/\n0::/machine.slice/machine-my\\x2dbox.scope/gr\\xc3\\xbcn.service",
		Counters: snapshot.ProcessCounters{
			known(1003 * 1e7), known(1004 * 1e7), known(1005 * 1e7), known(101), known(102), known(103), known(104),
			known(1002), known(1001), known(105), known(106),
		},
		Resident: known(20 * 4096), Virtual: known(30 * 4096), Threads: known(1), FileDescriptors: known(3), SignalsPending: known(2),
	}, s.ProcessList.List[0])
	assert.Equal(t, "fifteen-letters-and-more", s.ProcessList.List[1].Name, "a truncated name is completed")
	assert.Equal(t, known(2), s.ProcessList.CPUs)
	assert.Equal(t, known(1000<<10), s.ProcessList.Memory)
	assert.Equal(t, snapshot.Processes{CountKnown: true, ByStatus: [snapshot.NumProcessStatuses]uint64{snapshot.StatusSleeping: 2}}, s.Processes)
}

// TestStatuses counts one process in each state of the kernel, and two that are of unknown status.
func TestStatuses(t *testing.T) {
	root := processHost(t)
	for i, state := range strings.Split("D I R T t W Z X P", " ") {
		writeStat(t, root, 20+i, "x", state, 5, 0, 0)
	}
	var s snapshot.Snapshot
	require.Empty(t, readProcesses(t, open(t, options{root: root}, snapshot.Want{Processes: snapshot.ProcessesWant{ByStatus: true, Created: true}}), &s))
	assert.Equal(t, [snapshot.NumProcessStatuses]uint64{
		snapshot.StatusBlocked: 1, snapshot.StatusIdle: 1, snapshot.StatusRunning: 1, snapshot.StatusStopped: 2, snapshot.StatusPaging: 1,
		snapshot.StatusZombie: 1, snapshot.StatusUnknown: 2, snapshot.StatusSleeping: 2,
	}, s.Processes.ByStatus)
	assert.Equal(t, known(99), s.Processes.Created)
}

// TestStrangeNames: a process chooses its name and its arguments.
func TestStrangeNames(t *testing.T) {
	root := processHost(t)
	for i, comm := range []string{") R 1 (", "new\nline", "cut\xe2\x82", ""} {
		writeProcess(t, root, 20+i, comm, "a\nb\xff\x00c\x1b[31m\x00")
	}
	var s snapshot.Snapshot
	require.Empty(t, readProcesses(t, open(t, options{root: root}, wholeProcess), &s))
	assert.ElementsMatch(t, []string{"one", "fifteen-letters-and-more", ") R 1 (", `new\x0aline`, `cut\xe2\x82`, ""}, namesOf(&s))
	for _, p := range s.ProcessList.List {
		if p.PID >= 20 {
			assert.Equal(t, `a\x0ab\xff c\x1b[31m`, p.CommandLine)
			assert.Equal(t, `a\x0ab\xff`, p.Command)
		}
	}
}

// TestWithoutProgram: kernel threads and zombies are listed. The files that are empty for them are not read.
func TestWithoutProgram(t *testing.T) {
	root := processHost(t)
	want := wholeProcess
	want.Process.IO, want.Process.Switches, want.Process.Signals, want.Process.FileDescriptors, want.Process.Cgroup = false, false, false, false, false
	writeStat(t, root, 2, "kworker/u8:3-events_unbound", "I", 5, 0, 0)
	writeStat(t, root, 3, "ended", "Z", 6, 0, 0)
	var s snapshot.Snapshot
	p := open(t, options{root: root}, want)
	require.Empty(t, readProcesses(t, p, &s))
	require.Len(t, s.ProcessList.List, 4)
	for _, one := range s.ProcessList.List {
		if one.PID < 10 {
			assert.Empty(t, one.Path+one.Command+one.CommandLine)
			assert.Equal(t, known(0), one.Resident)
			assert.Equal(t, "someone", one.Owner)
		}
	}
	// A zombie keeps the identity of its process until its parent has waited for it.
	writeStat(t, root, 10, "one", "Z", 1010, 0, 0)
	for range 2 * refreshEvery {
		require.Empty(t, readProcesses(t, p, &s))
	}
	for _, one := range s.ProcessList.List {
		if one.PID == 10 {
			assert.Equal(t, "/usr/bin/one", one.Command)
		}
	}
}

// TestFilters: of a process that is not listed only stat is read.
func TestFilters(t *testing.T) {
	root := processHost(t)
	hosttest.Write(t, root, "proc/10/io", "rchar: x\n")
	hosttest.Write(t, root, "proc/10/statm", "x\n")
	var s snapshot.Snapshot
	p := open(t, options{root: root, process: Options{Keep: func(name string) bool { return name != "one" }}}, wholeProcess)
	require.Empty(t, readProcesses(t, p, &s))
	assert.Equal(t, []string{"fifteen-letters-and-more"}, namesOf(&s))
	assert.Equal(t, uint64(2), s.Processes.ByStatus[snapshot.StatusSleeping], "processes counts them all")

	writeStat(t, root, 11, "young", "S", uint64(time.Now().UnixNano()-1767225600e9)/1e7, 4096, 77)
	p = open(t, options{root: root, process: Options{Delay: time.Hour}}, snapshot.Want{})
	require.Empty(t, readProcesses(t, p, &s))
	assert.Equal(t, []string{"one"}, namesOf(&s))
	writeStat(t, root, 11, "future", "S", 1<<36, 4096, 77)
	p = open(t, options{root: root}, snapshot.Want{})
	require.Empty(t, readProcesses(t, p, &s))
	assert.Equal(t, s.Time, s.ProcessList.List[1].Start+s.ProcessList.List[0].Start-(1767225600e9+1010*1e7), "never in the future")
}

// TestFaultsOfProcesses: a malformed file drops its own values only, and is one fault for all processes.
func TestFaultsOfProcesses(t *testing.T) {
	root := processHost(t)
	p := open(t, options{root: root}, wholeProcess)
	var s snapshot.Snapshot
	require.Empty(t, readProcesses(t, p, &s))
	for _, pid := range []string{"10", "11"} {
		hosttest.Write(t, root, "proc/"+pid+"/io", "rchar: x\nwchar: 5\n")
	}
	faults := readProcesses(t, p, &s)
	require.Len(t, faults, 1)
	assert.Equal(t, "proc/[pid]/io", faults[0].Source)
	assert.Equal(t, source.Malformed, faults[0].Reason)
	assert.False(t, s.ProcessList.List[0].Counters[snapshot.ProcessReadBytes].Known)
	assert.Equal(t, known(5), s.ProcessList.List[0].Counters[snapshot.ProcessWrittenBytes])
	hosttest.Write(t, root, "proc/10/stat", "10 (one) S")
	faults = readProcesses(t, p, &s)
	require.Len(t, faults, 3, "a process is missing in both domains")
	assert.Equal(t, source.Malformed, faults[0].Reason)
	assert.Len(t, s.ProcessList.List, 1)
	require.NoError(t, os.RemoveAll(root+"/etc"))
	require.NoError(t, os.RemoveAll(root+"/proc/10"))
	writeProcess(t, root, 11, "fifteen-letters", "")
	faults = readProcesses(t, p, &s)
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainProcess, Source: "etc/passwd", Reason: source.Unavailable, Err: unix.ENOENT}}, faults)
	assert.Empty(t, s.ProcessList.List[0].Owner)
	require.NoError(t, os.RemoveAll(root+"/proc"))
	faults = readProcesses(t, p, &s)
	assert.Equal(t, "proc", faults[0].Source)
	assert.False(t, s.Filled.Has(snapshot.DomainProcess) || s.Filled.Has(snapshot.DomainProcesses))
}

// TestThreads: the context switches of a process are those of all its threads, and do not fall when a thread ends.
func TestThreads(t *testing.T) {
	root := processHost(t)
	stat, err := os.ReadFile(root + "/proc/10/stat")
	require.NoError(t, err)
	hosttest.Write(t, root, "proc/10/stat", strings.Replace(string(stat), " 20 0 1 0 ", " 20 0 3 0 ", 1))
	thread := func(tid, switches int) {
		hosttest.Write(t, root, fmt.Sprintf("proc/10/task/%d/status", tid), fmt.Sprintf("voluntary_ctxt_switches:\t%d\nnonvoluntary_ctxt_switches:\t1\n", switches))
	}
	thread(10, 100)
	thread(12, 20)
	thread(13, 3)
	p := open(t, options{root: root}, wholeProcess)
	var s snapshot.Snapshot
	switches := func() snapshot.Quantity {
		require.Empty(t, readProcesses(t, p, &s))
		return s.ProcessList.List[0].Counters[snapshot.ProcessVoluntarySwitches]
	}
	assert.Equal(t, known(123), switches())
	thread(13, 13)
	assert.Equal(t, known(133), switches())
	require.NoError(t, os.RemoveAll(root+"/proc/10/task/12"))
	assert.Equal(t, known(133), switches())
	thread(10, 101)
	assert.Equal(t, known(134), switches())
}

// TestThisProcess compares the entry of the test's own process with what the test can find out about itself.
func TestThisProcess(t *testing.T) {
	sleeper := exec.Command("sleep", "60")
	require.NoError(t, sleeper.Start())
	p := open(t, options{}, wholeProcess)
	var s snapshot.Snapshot
	find := func(pid int) *snapshot.Process {
		for i := range s.ProcessList.List {
			if one := &s.ProcessList.List[i]; one.PID == uint32(pid) {
				return one
			}
		}
		return nil
	}
	readProcesses(t, p, &s)
	readProcesses(t, p, &s) // The first scrape has opened files.
	own := find(os.Getpid())
	require.NotNil(t, own)
	exe, err := os.Executable()
	require.NoError(t, err)
	assert.Equal(t, exe, own.Path)
	assert.Equal(t, snapshot.Known(uint64(os.Getppid())), own.ParentPID)
	assert.Greater(t, own.Start, s.BootTime)
	assert.LessOrEqual(t, own.Start, s.Time)
	assert.Greater(t, own.Threads.N, uint64(1))
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	assert.InDelta(t, len(entries), own.FileDescriptors.N, 16)
	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	assert.Equal(t, snapshot.Known(limit.Cur), own.FileDescriptorLimit)
	assert.Greater(t, own.Resident.N, uint64(1<<20))
	assert.Greater(t, own.Virtual.N, own.Resident.N)
	assert.Positive(t, own.Counters[snapshot.ProcessReadBytes].N)
	assert.Positive(t, own.Counters[snapshot.ProcessMinorFaults].N)
	sleeping := find(sleeper.Process.Pid)
	require.NotNil(t, sleeping)
	assert.Equal(t, "sleep 60", sleeping.CommandLine)

	for end := time.Now().Add(50 * time.Millisecond); time.Now().Before(end); {
	}
	require.NoError(t, sleeper.Process.Kill())
	_ = sleeper.Wait()
	readProcesses(t, p, &s)
	assert.Nil(t, find(sleeper.Process.Pid))
	own = find(os.Getpid())
	spent := own.Since[snapshot.ProcessUserTime].N + own.Since[snapshot.ProcessSystemTime].N
	assert.Positive(t, spent)
	assert.LessOrEqual(t, spent, (s.ProcessList.Elapsed.N+20e6)*s.ProcessList.CPUs.N)
	var sum uint64
	for _, n := range s.Processes.ByStatus {
		sum += n
	}
	assert.Len(t, s.ProcessList.List, int(sum), "every process has a status")
}

// TestProcessesAllocateNothing has a history that lists all processes, and one that lists some of them.
func TestProcessesAllocateNothing(t *testing.T) {
	root := processHost(t)
	for pid := 100; pid < 130; pid++ {
		writeProcess(t, root, pid, fmt.Sprint("worker-", pid), fmt.Sprintf("/bin/worker\x00%d\x00", pid))
	}
	for _, o := range []options{{root: root}, {root: root, history: History{Count: 5, By: TopByMemory}}} {
		p := open(t, o, wholeProcess)
		var s snapshot.Snapshot
		for range 3 {
			require.Empty(t, readProcesses(t, p, &s))
		}
		hosttest.NoAllocs(t, func() { readQuietly(p, &s) })
	}
}

// BenchmarkProcesses reads this host's processes.
func BenchmarkProcesses(b *testing.B) {
	for name, want := range map[string]snapshot.Want{"count": {Processes: snapshot.ProcessesWant{ByStatus: true}}, "defaults": {
		Processes: snapshot.ProcessesWant{ByStatus: true},
		Process:   snapshot.ProcessWant{Memory: true, IO: true, Command: true, Path: true, Owner: true},
	}} {
		b.Run(name, func(b *testing.B) {
			p := open(b, options{process: Options{MaskCommandLines: true}}, want)
			var s snapshot.Snapshot
			b.ReportAllocs()
			for b.Loop() {
				readQuietly(p, &s)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(p.source.processes.living)), "ns/process")
		})
	}
}

// TestIOMayWait has releases of distributions around Linux 5.7, and malformed ones.
func TestIOMayWait(t *testing.T) {
	t.Parallel()
	for release, want := range map[string]bool{
		"4.18.0-553.el8_10.x86_64": true, "5.4.0-1103-aws": true, "5.6.19": true, "5.7.0": false, "5.10.0-32-amd64": false,
		"6.18.5": false, "": false, "x.y": false,
	} {
		assert.Equal(t, want, ioMayWait(release), "%q", release)
	}
}

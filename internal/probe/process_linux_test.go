// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
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
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// wholeProcess asks for all that can be told of processes.
var wholeProcess = snapshot.Want{
	Processes: snapshot.ProcessesWant{ByStatus: true},
	Process:   snapshot.ProcessWant{Memory: true, MemoryShare: true, IO: true, Switches: true, Signals: true, FileDescriptors: true, Utilization: true, Command: true, Path: true, Owner: true, Cgroup: true},
}

// writeStat writes /proc/PID/stat of a process with 100 times its pid as numbers, started ticks after boot.
func writeStat(t testing.TB, root string, pid int, comm, state string, ticks uint64, vsize, stack int) {
	t.Helper()
	hosttest.Write(t, root, fmt.Sprintf("proc/%d/stat", pid), fmt.Sprintf("%d (%s) %s 1 1 1 0 -1 0 %d 0 %d 0 %d %d 0 0 20 0 1 0 %d %d 7 0 0 0 %d"+
		" 0 0 0 0 0 0 0 0 0 0 0 0 0 %d 0 0\n", pid, comm, state, 100*pid+1, 100*pid+2, 100*pid+3, 100*pid+4, ticks, vsize, stack, 100*pid+5))
}

// writeProcess writes all files of a process.
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

// processHost is a root with two processes, 10 and 11.
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

// readProcesses takes a snapshot of both domains.
func readProcesses(t testing.TB, p *reader, s *snapshot.Snapshot) (faults []Fault) {
	t.Helper()
	p.Begin(s, time.Now().UnixNano())
	for _, d := range []snapshot.Domain{snapshot.DomainProcesses, snapshot.DomainProcess} {
		faults = append(faults, p.Read(context.Background(), d)...)
	}
	return faults
}

func namesOf(s *snapshot.Snapshot) (names []string) {
	for i := range s.ProcessList.List {
		names = append(names, s.ProcessList.List[i].Name)
	}
	return names
}

func known(n uint64) snapshot.Quantity { return snapshot.Known(n) }

// TestEveryNumberOfAProcess holds the kernel's words to ours.
func TestEveryNumberOfAProcess(t *testing.T) {
	var s snapshot.Snapshot
	require.Empty(t, readProcesses(t, open(t, Options{Root: processHost(t), MaskCommandLines: true}, wholeProcess), &s))
	require.Len(t, s.ProcessList.List, 2)
	assert.Equal(t, snapshot.Process{
		PID: 10, ParentPID: 1, Start: 1767225600e9 + 1010*1e7,
		Name: "one", Path: "/usr/bin/program-10", Command: "/usr/bin/one", CommandLine: "/usr/bin/one --token ***", Owner: "someone",
		Cgroup: "1:cpu:/\n0::/machine.slice/machine-my\\x2dbox.scope/gr\\xc3\\xbcn.service",
		Counters: snapshot.ProcessCounters{
			known(1003 * 1e7), known(1004 * 1e7), known(1005 * 1e7), known(101), known(102), known(103), known(104),
			known(1002), known(1001), known(105), known(106),
		},
		Resident: known(20 * 4096), Virtual: known(30 * 4096), Threads: known(1), FileDescriptors: known(3), SignalsPending: known(2),
	}, s.ProcessList.List[0])
	assert.Equal(t, "fifteen-letters-and-more", s.ProcessList.List[1].Name, "completed where the kernel has cut it")
	assert.Equal(t, known(2), s.ProcessList.CPUs)
	assert.Equal(t, known(1000<<10), s.ProcessList.Memory)
	assert.Equal(t, snapshot.Processes{CountKnown: true, ByStatus: [snapshot.NumProcessStatuses]uint64{snapshot.StatusSleeping: 2}}, s.Processes)
}

func TestStatuses(t *testing.T) {
	root := processHost(t)
	for i, state := range strings.Split("D I R T t W Z X P", " ") {
		writeStat(t, root, 20+i, "x", state, 5, 0, 0)
	}
	var s snapshot.Snapshot
	require.Empty(t, readProcesses(t, open(t, Options{Root: root}, snapshot.Want{Processes: snapshot.ProcessesWant{ByStatus: true, Created: true}}), &s))
	assert.Equal(t, [snapshot.NumProcessStatuses]uint64{
		snapshot.StatusBlocked: 1, snapshot.StatusIdle: 1, snapshot.StatusRunning: 1, snapshot.StatusStopped: 2, snapshot.StatusPaging: 1,
		snapshot.StatusZombie: 1, snapshot.StatusUnknown: 2, snapshot.StatusSleeping: 2,
	}, s.Processes.ByStatus)
	assert.Equal(t, known(99), s.Processes.Created)
}

// TestStrangeNames: whoever runs a process chooses its name.
func TestStrangeNames(t *testing.T) {
	root := processHost(t)
	for i, comm := range []string{") R 1 (", "new\nline", "cut\xe2\x82", ""} {
		writeProcess(t, root, 20+i, comm, "a\nb\xff\x00c\x1b[31m\x00")
	}
	var s snapshot.Snapshot
	require.Empty(t, readProcesses(t, open(t, Options{Root: root}, wholeProcess), &s))
	assert.ElementsMatch(t, []string{"one", "fifteen-letters-and-more", ") R 1 (", `new\x0aline`, `cut\xe2\x82`, ""}, namesOf(&s))
	for _, p := range s.ProcessList.List {
		if p.PID >= 20 {
			assert.Equal(t, `a\x0ab\xff c\x1b[31m`, p.CommandLine)
			assert.Equal(t, `a\x0ab\xff`, p.Command)
		}
	}
}

// TestWithoutProgram: threads of the kernel and processes that have ended are told, and files that say nothing of them
// are not read.
func TestWithoutProgram(t *testing.T) {
	root := processHost(t)
	want := wholeProcess
	want.Process.IO, want.Process.Switches, want.Process.Signals, want.Process.FileDescriptors, want.Process.Cgroup = false, false, false, false, false
	writeStat(t, root, 2, "kworker/u8:3-events_unbound", "I", 5, 0, 0)
	writeStat(t, root, 3, "ended", "Z", 6, 0, 0)
	var s snapshot.Snapshot
	p := open(t, Options{Root: root}, want)
	require.Empty(t, readProcesses(t, p, &s))
	require.Len(t, s.ProcessList.List, 4)
	for _, one := range s.ProcessList.List {
		if one.PID < 10 {
			assert.Empty(t, one.Path+one.Command+one.CommandLine)
			assert.Equal(t, known(0), one.Resident)
			assert.Equal(t, "someone", one.Owner)
		}
	}
	// One that ends keeps what it was until its parent has waited for it.
	writeStat(t, root, 10, "one", "Z", 1010, 0, 0)
	for range 2 * renewal {
		require.Empty(t, readProcesses(t, p, &s))
	}
	for _, one := range s.ProcessList.List {
		if one.PID == 10 {
			assert.Equal(t, "/usr/bin/one", one.Command)
		}
	}
}

// TestFactsAreRenewed: when the name or the stack is another, when the number is another process's, and now and then.
func TestFactsAreRenewed(t *testing.T) {
	root := processHost(t)
	p := open(t, Options{Root: root}, wholeProcess)
	var s snapshot.Snapshot
	command := func() string {
		require.Empty(t, readProcesses(t, p, &s))
		for _, one := range s.ProcessList.List {
			if one.PID == 10 {
				return one.Command
			}
		}
		return "gone"
	}
	assert.Equal(t, "/usr/bin/one", command())
	command() // A new one is looked at twice.
	for i, change := range []func(){
		func() { writeStat(t, root, 10, "other", "S", 1010, 4096, 77) },
		func() { writeStat(t, root, 10, "other", "S", 1010, 4096, 88) },
		func() { writeStat(t, root, 10, "other", "S", 1011, 4096, 88) },
	} {
		now := fmt.Sprintf("command-%d", i)
		hosttest.Write(t, root, "proc/10/cmdline", now+"\x00")
		change()
		assert.Equal(t, now, command())
	}
	assert.Equal(t, int64(1767225600e9+1011*1e7), s.ProcessList.List[0].Start)

	command()
	hosttest.Write(t, root, "proc/10/cmdline", "unseen\x00")
	seen := 0
	for range renewal {
		if command() == "unseen" {
			seen++
		}
	}
	assert.Positive(t, seen, "now and then")
	hosttest.Write(t, root, "etc/passwd", fmt.Sprintf("renamed:x:%d:0::/:/bin/sh\n", os.Getuid()))
	command()
	assert.Equal(t, "renamed", s.ProcessList.List[0].Owner)

	require.NoError(t, os.RemoveAll(root+"/proc/10"))
	assert.Equal(t, "gone", command())
	assert.Len(t, p.backend.(*native).processes.known.items, 1, "nothing is kept of it")
}

// TestFilters: what is not asked for costs nothing more than its stat.
func TestFilters(t *testing.T) {
	root := processHost(t)
	hosttest.Write(t, root, "proc/10/io", "rchar: x\n")
	hosttest.Write(t, root, "proc/10/statm", "x\n")
	var s snapshot.Snapshot
	p := open(t, Options{Root: root, ProcessFilter: func(name string) bool { return name != "one" }}, wholeProcess)
	require.Empty(t, readProcesses(t, p, &s))
	assert.Equal(t, []string{"fifteen-letters-and-more"}, namesOf(&s))
	assert.Equal(t, uint64(2), s.Processes.ByStatus[snapshot.StatusSleeping], "processes counts them all")

	writeStat(t, root, 11, "young", "S", uint64(time.Now().UnixNano()-1767225600e9)/1e7, 4096, 77)
	p = open(t, Options{Root: root, ProcessDelay: time.Hour}, snapshot.Want{})
	require.Empty(t, readProcesses(t, p, &s))
	assert.Equal(t, []string{"one"}, namesOf(&s))
	writeStat(t, root, 11, "to come", "S", 1<<36, 4096, 77)
	p = open(t, Options{Root: root}, snapshot.Want{})
	require.Empty(t, readProcesses(t, p, &s))
	assert.Equal(t, s.Time, s.ProcessList.List[1].Start+s.ProcessList.List[0].Start-(1767225600e9+1010*1e7), "never in the future")
}

// TestFaultsOfProcesses: a malformed file costs its own numbers, and is told once for all processes.
func TestFaultsOfProcesses(t *testing.T) {
	root := processHost(t)
	p := open(t, Options{Root: root}, wholeProcess)
	var s snapshot.Snapshot
	require.Empty(t, readProcesses(t, p, &s))
	for _, pid := range []string{"10", "11"} {
		hosttest.Write(t, root, "proc/"+pid+"/io", "rchar: x\nwchar: 5\n")
	}
	faults := readProcesses(t, p, &s)
	require.Len(t, faults, 1)
	assert.Equal(t, "proc/[pid]/io", faults[0].Source)
	assert.Equal(t, Malformed, faults[0].Reason)
	assert.False(t, s.ProcessList.List[0].Counters[snapshot.ProcessReadBytes].Known)
	assert.Equal(t, known(5), s.ProcessList.List[0].Counters[snapshot.ProcessWrittenBytes])
	hosttest.Write(t, root, "proc/10/stat", "10 (one) S")
	faults = readProcesses(t, p, &s)
	require.Len(t, faults, 3, "both domains miss a process")
	assert.Equal(t, Malformed, faults[0].Reason)
	assert.Len(t, s.ProcessList.List, 1)
	require.NoError(t, os.RemoveAll(root+"/etc"))
	require.NoError(t, os.RemoveAll(root+"/proc/10"))
	writeProcess(t, root, 11, "fifteen-letters", "")
	faults = readProcesses(t, p, &s)
	assert.Equal(t, []Fault{{snapshot.DomainProcess, "etc/passwd", Unavailable, unix.ENOENT}}, faults)
	assert.Empty(t, s.ProcessList.List[0].Owner)
	require.NoError(t, os.RemoveAll(root+"/proc"))
	faults = readProcesses(t, p, &s)
	assert.Equal(t, "proc", faults[0].Source)
	assert.False(t, s.Filled.Has(snapshot.DomainProcess) || s.Filled.Has(snapshot.DomainProcesses))
}

// TestThreads sums the context switches of all threads, which never falls when one ends.
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
	p := open(t, Options{Root: root}, wholeProcess)
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

// TestProcessTwins reads the same root with both backends.
func TestProcessTwins(t *testing.T) {
	root := processHost(t)
	for _, pid := range []string{"10", "11"} { // gopsutil tells only of processes whose numbers some process has here.
		require.NoError(t, os.RemoveAll(root+"/proc/"+pid))
	}
	pids := []int{1, os.Getppid(), os.Getpid()}
	for _, pid := range pids {
		writeProcess(t, root, pid, fmt.Sprint("worker-", pid), "/bin/worker\x00password=x\x00")
	}
	var s [2]snapshot.Snapshot
	for i, backend := range []Backend{BackendNative, BackendPortable} {
		readProcesses(t, open(t, Options{Root: root, Backend: backend, MaskCommandLines: true}, wholeProcess), &s[i])
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

// TestThisProcess holds what is told of the test itself to what it knows.
func TestThisProcess(t *testing.T) {
	sleeper := exec.Command("sleep", "60")
	require.NoError(t, sleeper.Start())
	p := open(t, Options{}, wholeProcess)
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
	readProcesses(t, p, &s) // The first one has opened files of its own.
	own := find(os.Getpid())
	require.NotNil(t, own)
	exe, err := os.Executable()
	require.NoError(t, err)
	assert.Equal(t, exe, own.Path)
	assert.Equal(t, uint32(os.Getppid()), own.ParentPID)
	assert.Greater(t, own.Start, s.BootTime)
	assert.LessOrEqual(t, own.Start, s.Time)
	assert.Greater(t, own.Threads.N, uint64(1))
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	assert.InDelta(t, len(entries), own.FileDescriptors.N, 16)
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
	assert.Len(t, s.ProcessList.List, int(sum), "each has a status")
}

// TestProcessesAllocateNothing has more processes than files may stay open for.
func TestProcessesAllocateNothing(t *testing.T) {
	root := processHost(t)
	for pid := 100; pid < 130; pid++ {
		writeProcess(t, root, pid, fmt.Sprint("worker-", pid), fmt.Sprintf("/bin/worker\x00%d\x00", pid))
	}
	for _, o := range []Options{{Root: root}, {Root: root, Top: 5, TopBy: TopByMemory}} {
		p := open(t, o, wholeProcess)
		var s snapshot.Snapshot
		for range 3 {
			require.Empty(t, readProcesses(t, p, &s))
		}
		hosttest.NoAllocs(t, func() { readProcessesQuietly(p, &s) })
	}
}

func readProcessesQuietly(p *reader, s *snapshot.Snapshot) {
	p.Begin(s, time.Now().UnixNano())
	p.Read(context.Background(), snapshot.DomainProcesses)
	p.Read(context.Background(), snapshot.DomainProcess)
}

func BenchmarkProcesses(b *testing.B) {
	for name, want := range map[string]snapshot.Want{"count": {Processes: snapshot.ProcessesWant{ByStatus: true}}, "defaults": {
		Processes: snapshot.ProcessesWant{ByStatus: true},
		Process:   snapshot.ProcessWant{Memory: true, IO: true, Command: true, Path: true, Owner: true},
	}} {
		b.Run(name, func(b *testing.B) {
			p := open(b, Options{MaskCommandLines: true}, want)
			var s snapshot.Snapshot
			b.ReportAllocs()
			for b.Loop() {
				readProcessesQuietly(p, &s)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(p.backend.(*native).processes.living)), "ns/process")
		})
	}
}

// TestIOThatWaits: before Linux 5.7, the io of a process that waits for its program to be read is waited for no longer than a
// deadline, once, in whatever state it seems to be, and nobody else waits with it.
func TestIOThatWaits(t *testing.T) {
	root := processHost(t)
	p := open(t, Options{Root: root}, wholeProcess)
	source := p.backend.(*native).process
	source.ioAside = newAsideReader(root, "/io", 20*time.Millisecond, maxIOText)
	openRoot, release := source.ioAside.open, make(chan struct{})
	source.ioAside.open = func(root string) (readHead, func(), error) {
		read, closeRoot, err := openRoot(root)
		return func(name, buf []byte) ([]byte, error) {
			if string(name) == "proc/11/io" {
				<-release
			}
			return read(name, buf)
		}, closeRoot, err
	}
	var s snapshot.Snapshot
	for range 3 {
		faults := readProcesses(t, p, &s)
		require.Len(t, faults, 1)
		assert.Equal(t, Timeout, faults[0].Reason)
		require.Len(t, s.ProcessList.List, 2)
		assert.Equal(t, snapshot.Known(101), s.ProcessList.List[0].Counters[snapshot.ProcessReadBytes])
		assert.False(t, s.ProcessList.List[1].Counters[snapshot.ProcessReadBytes].Known)
		assert.True(t, s.ProcessList.List[1].Resident.Known, "all else of it is there")
		assert.Len(t, source.ioAside.stuck, 1)
	}
	close(release)
	require.Eventually(t, func() bool { return len(readProcesses(t, p, &s)) == 0 }, 5*time.Second, time.Millisecond)
	assert.Equal(t, snapshot.Known(111), s.ProcessList.List[1].Counters[snapshot.ProcessReadBytes])
}

func TestIOMayWait(t *testing.T) {
	for release, want := range map[string]bool{
		"4.18.0-553.el8_10.x86_64": true, "5.4.0-1103-aws": true, "5.6.19": true, "5.7.0": false, "5.10.0-32-amd64": false,
		"6.18.5": false, "": false, "x.y": false,
	} {
		assert.Equal(t, want, ioMayWait(release), "%q", release)
	}
}

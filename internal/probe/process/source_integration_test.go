// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package process

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// inside runs a test again in a process that command starts: in other namespaces, or with other privileges.
func inside(t *testing.T, test string, command ...string) {
	t.Helper()
	command = append(command, os.Args[0], "-test.run", "^"+test+"$", "-test.v")
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "HOSTPROBE_INSIDE=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+test)
}

// isInside reports whether this is the process that inside started.
func isInside() bool { return os.Getenv("HOSTPROBE_INSIDE") != "" }

// startAs starts a process with this PID. A thread of the test may have taken the number first: it is tried again.
func startAs(t *testing.T, pid int, command ...string) *exec.Cmd {
	t.Helper()
	for range 100 {
		require.NoError(t, os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(pid-1)), 0o600))
		cmd := exec.Command(command[0], command[1:]...)
		require.NoError(t, cmd.Start())
		if cmd.Process.Pid == pid {
			return cmd
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	require.FailNow(t, "the PID is in use")
	return nil
}

// TestReusedNumber gives one PID to several processes in turn, in a PID namespace where the next PID can be chosen. No value of
// one may be reported for the next, whether its files are kept open or not.
func TestReusedNumber(t *testing.T) {
	if !isInside() {
		inside(t, t.Name(), "unshare", "-m", "-p", "-f", "--mount-proc")
		return
	}
	for _, keep := range []bool{true, false} {
		p := open(t, options{}, wholeProcess)
		if !keep {
			p.source.processes.dir = p.host.FS.Dir("proc", 0)
		}
		var s snapshot.Snapshot
		var before snapshot.Process
		for i, name := range []string{"60", "61", "62"} {
			sleeper := startAs(t, 4001, "sleep", name)
			require.Eventually(t, func() bool {
				comm, _ := os.ReadFile("/proc/4001/comm")
				return string(comm) == "sleep\n"
			}, 5*time.Second, time.Millisecond)
			for round := range 2 {
				readProcesses(t, p, &s)
				at := -1
				for j := range s.ProcessList.List {
					if s.ProcessList.List[j].PID == 4001 {
						at = j
					}
				}
				require.GreaterOrEqual(t, at, 0)
				one := s.ProcessList.List[at]
				assert.Equal(t, "sleep "+name, one.CommandLine)
				assert.Equal(t, round > 0, one.Since[snapshot.ProcessUserTime].Known, "round %d of %d", round, i)
				if i > 0 {
					assert.GreaterOrEqual(t, one.Start, before.Start)
				}
				if round == 1 {
					before = one
				}
			}
			require.NoError(t, sleeper.Process.Kill())
			_ = sleeper.Wait()
			time.Sleep(20 * time.Millisecond) // Two ticks: start times differ by whole ticks.
		}
	}
}

// TestNoAllocs reads the /proc of a PID namespace in which no process starts or ends.
func TestNoAllocs(t *testing.T) {
	if !isInside() {
		inside(t, t.Name(), "unshare", "-m", "-p", "-f", "--mount-proc")
		return
	}
	for range 3 {
		sleeper := exec.Command("sleep", "60")
		require.NoError(t, sleeper.Start())
		defer func() {
			_ = sleeper.Process.Kill()
			_ = sleeper.Wait()
		}()
	}
	p := open(t, options{}, wholeProcess)
	var s snapshot.Snapshot
	for _, d := range []snapshot.Domain{snapshot.DomainProcesses, snapshot.DomainProcess} {
		hosttest.NoAllocs(t, func() {
			p.Begin(&s, time.Now().UnixNano())
			p.readDomain(d)
		})
		assert.True(t, s.Filled.Has(d))
	}
	assert.Len(t, s.ProcessList.List, 4)
}

// TestForkStorm reads while processes appear and disappear as fast as a shell can start them, in a PID namespace of their own.
func TestForkStorm(t *testing.T) {
	if !isInside() {
		inside(t, t.Name(), "unshare", "-m", "-p", "-f", "--mount-proc")
		return
	}
	storm := exec.Command("sh", "-c", "while :; do /bin/true & /bin/true & wait; done")
	require.NoError(t, storm.Start())
	defer func() {
		_ = storm.Process.Kill()
		_ = storm.Wait()
	}()
	p := open(t, options{history: History{Count: 3, By: TopByCPU}}, wholeProcess)
	var s snapshot.Snapshot
	var last uint64
	seen := map[uint32]bool{}
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		for _, f := range readProcesses(t, p, &s) {
			assert.Equal(t, source.Unavailable, f.Reason, "%v: a process that disappears is no fault", f)
		}
		for i := range s.ProcessList.List {
			one := &s.ProcessList.List[i]
			assert.LessOrEqual(t, one.Start, s.Time)
			seen[one.PID] = true
		}
		others := s.ProcessList.Others.Counters[snapshot.ProcessUserTime].N
		assert.GreaterOrEqual(t, others, last, "the sum of the others never falls")
		last = others
	}
	assert.Greater(t, len(seen), 3)
	table := p.source.processes
	assert.LessOrEqual(t, table.known.Len(), len(table.numbers), "records of processes that have ended are evicted")
}

// TestWithoutPrivileges reads as an unprivileged user: each file that is not readable is one fault, processes with such files are
// counted as hidden, and everything else is read.
func TestWithoutPrivileges(t *testing.T) {
	if !isInside() {
		require.NoError(t, os.Chmod(os.Args[0], 0o755))
		inside(t, t.Name(), "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all")
		return
	}
	p := open(t, options{}, wholeProcess)
	var s snapshot.Snapshot
	sources := map[string]source.Reason{}
	for _, f := range readProcesses(t, p, &s) {
		assert.NotContains(t, sources, f.Source, "one fault for all processes")
		sources[f.Source] = f.Reason
	}
	assert.Equal(t, map[string]source.Reason{"proc/[pid]/io": source.Unavailable, "proc/[pid]/exe": source.Unavailable}, sources)
	assert.Positive(t, s.ProcessList.Hidden)
	var init, own *snapshot.Process
	for i := range s.ProcessList.List {
		switch one := &s.ProcessList.List[i]; one.PID {
		case 1:
			init = one
		case uint32(os.Getpid()):
			own = one
		}
	}
	require.NotNil(t, init)
	require.NotNil(t, own)
	assert.NotEmpty(t, init.Name)
	assert.NotEmpty(t, init.Command)
	assert.Equal(t, "root", init.Owner)
	assert.Positive(t, init.Resident.N)
	assert.True(t, init.FileDescriptors.Known, "since Linux 6.2 their number takes no privileges")
	assert.False(t, init.Counters[snapshot.ProcessReadBytes].Known)
	assert.Empty(t, init.Path)
	assert.True(t, own.Counters[snapshot.ProcessReadBytes].Known)
	assert.NotEmpty(t, own.Path)
}

// TestRefusedIO: io that is not readable is a fault of each scrape. It is read again when the identity of the process is.
func TestRefusedIO(t *testing.T) {
	if !isInside() {
		require.NoError(t, os.Chmod(os.Args[0], 0o755))
		inside(t, t.Name(), "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all")
		return
	}
	root := processHost(t)
	allow := func(mode os.FileMode) { require.NoError(t, os.Chmod(root+"/proc/10/io", mode)) }
	p := open(t, options{root: root}, wholeProcess)
	var s snapshot.Snapshot
	refused := func() bool {
		faults := readProcesses(t, p, &s)
		one := &s.ProcessList.List[0]
		assert.True(t, one.Resident.Known, "the other files of the process are read")
		assert.True(t, s.ProcessList.List[1].Counters[snapshot.ProcessReadBytes].Known, "and io of other processes")
		if one.Counters[snapshot.ProcessReadBytes].Known {
			assert.Empty(t, faults)
			assert.Zero(t, s.ProcessList.Hidden)
			return false
		}
		assert.Equal(t, []source.Fault{{Domain: snapshot.DomainProcess, Source: "proc/[pid]/io", Reason: source.Unavailable, Err: unix.EACCES, Scope: source.ScopeProcesses}}, faults)
		assert.Equal(t, uint64(1), s.ProcessList.Hidden)
		return true
	}

	allow(0)
	assert.True(t, refused())
	allow(0o600)
	assert.False(t, refused(), "the identity of a new process is read twice")
	allow(0)
	assert.True(t, refused())
	allow(0o600)
	assert.True(t, refused(), "io is not read at each scrape")
	writeStat(t, root, 10, "one", "S", 1010, 4096, 88)
	assert.False(t, refused(), "another program may run as another user")
	allow(0)
	assert.True(t, refused())
	allow(0o600)
	scrapes := 1
	for refused() {
		scrapes++
		require.LessOrEqual(t, scrapes, refreshEvery)
	}
	assert.Greater(t, scrapes, 1, "every refreshEvery scrapes")
}

// TestHidepid mounts /proc with hidepid=1, where processes of other users are listed and not readable, and with hidepid=2, where
// they are not listed.
func TestHidepid(t *testing.T) {
	if !isInside() {
		require.NoError(t, os.Chmod(os.Args[0], 0o755))
		for _, hidepid := range []string{"1", "2"} {
			script := `mount -t proc -o hidepid=` + hidepid + ` proc /proc && exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all "$0" "$@"`
			t.Setenv("HOSTPROBE_HIDEPID", hidepid)
			inside(t, t.Name(), "unshare", "-m", "sh", "-c", script)
		}
		return
	}
	p := open(t, options{}, wholeProcess)
	var s snapshot.Snapshot
	faults := readProcesses(t, p, &s)
	require.NotEmpty(t, namesOf(&s))
	for i := range s.ProcessList.List {
		assert.Equal(t, uint32(os.Getuid()), p.source.processes.living[i].identity.owner)
	}
	if os.Getenv("HOSTPROBE_HIDEPID") == "2" {
		assert.Empty(t, faults)
		assert.Zero(t, s.Processes.Hidden)
		return
	}
	require.Len(t, faults, 2, "one fault in each domain")
	assert.Equal(t, source.Fault{Domain: snapshot.DomainProcesses, Source: "proc/[pid]/stat", Reason: source.Unavailable, Err: unix.EPERM, Scope: source.ScopeProcesses}, faults[0])
	assert.Positive(t, s.Processes.Hidden)
	assert.Equal(t, s.Processes.Hidden, s.Processes.ByStatus[snapshot.StatusUnknown])
	assert.Equal(t, s.Processes.Hidden, s.ProcessList.Hidden)
}

// TestFewDescriptors reads with RLIMIT_NOFILE below the number of processes' files.
func TestFewDescriptors(t *testing.T) {
	if !isInside() {
		inside(t, t.Name(), "prlimit", "--nofile=32:32")
		return
	}
	p := open(t, options{}, wholeProcess)
	var s snapshot.Snapshot
	for range 3 {
		p.Begin(&s, time.Now().UnixNano())
		for _, f := range p.readDomain(snapshot.DomainProcess) {
			assert.Equal(t, source.Unavailable, f.Reason, "%v", f)
		}
		assert.Greater(t, len(s.ProcessList.List), 8)
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package process

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// inside runs one of the tests below again, as the command says, and shows what it prints.
func inside(t *testing.T, test string, command ...string) {
	t.Helper()
	command = append(command, os.Args[0], "-test.run", "^"+test+"$", "-test.v")
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "HOSTPROBE_INSIDE=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+test)
}

func isInside() bool { return os.Getenv("HOSTPROBE_INSIDE") != "" }

// startAs starts a process with this number. A thread of the test itself may take the number first, and ends soon then.
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
	require.FailNow(t, "the number cannot be had")
	return nil
}

// TestOwnNumberIsThatOfProc: where /proc is that of another pid namespace, the collector is known by its number there. By
// the number that it has itself another process would be taken for it.
func TestOwnNumberIsThatOfProc(t *testing.T) {
	if !isInside() {
		inside(t, t.Name(), "unshare", "-m", "-p", "-f")
		return
	}
	self, err := os.Readlink("/proc/self")
	require.NoError(t, err)
	require.NotEqual(t, strconv.Itoa(os.Getpid()), self)
	p := open(t, Options{}, snapshot.Want{Processes: snapshot.ProcessesWant{ByStatus: true}})
	var s snapshot.Snapshot
	take(p, &s)
	assert.Equal(t, self, strconv.FormatUint(s.Self.PID.N, 10))
}

// TestReusedNumber gives a number to one process after the other, in a pid namespace where the next number can be chosen.
// Nothing of the first may be said of the second, with its files kept open or not.
func TestReusedNumber(t *testing.T) {
	if !isInside() {
		inside(t, t.Name(), "unshare", "-m", "-p", "-f", "--mount-proc")
		return
	}
	for _, keep := range []bool{true, false} {
		p := open(t, Options{}, wholeProcess)
		if !keep {
			sourceOf[*Source](p).processes.dir = hostOf(p).FS.Dir("proc", 0)
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
			time.Sleep(20 * time.Millisecond) // Two ticks: start times are told apart by ticks.
		}
	}
}

// TestForkStorm reads while processes come and go as fast as they can, in a namespace of few numbers.
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
	p := open(t, Options{Top: 3, TopBy: TopByCPU}, wholeProcess)
	var s snapshot.Snapshot
	var last uint64
	seen := map[uint32]bool{}
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		for _, f := range readProcesses(t, p, &s) {
			assert.Equal(t, source.Unavailable, f.Reason, "%v: what vanishes is no error", f)
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
	table := sourceOf[*Source](p).processes
	assert.LessOrEqual(t, table.known.Len(), len(table.numbers), "nothing is kept of those that have ended")
}

// TestWithoutPrivileges reads as a user with none: what may not be read is counted and told once, the rest is there.
func TestWithoutPrivileges(t *testing.T) {
	if !isInside() {
		require.NoError(t, os.Chmod(os.Args[0], 0o755))
		inside(t, t.Name(), "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all")
		return
	}
	p := open(t, Options{}, wholeProcess)
	var s snapshot.Snapshot
	sources := map[string]source.Reason{}
	for _, f := range readProcesses(t, p, &s) {
		assert.NotContains(t, sources, f.Source, "once, not for each process")
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
	assert.True(t, init.FileDescriptors.Known, "their number needs no privilege since Linux 6.2")
	assert.False(t, init.Counters[snapshot.ProcessReadBytes].Known)
	assert.Empty(t, init.Path)
	assert.True(t, own.Counters[snapshot.ProcessReadBytes].Known)
	assert.NotEmpty(t, own.Path)
}

// TestRefusedIO: what may not be read is told at each pass, and asked for again when the facts of the process are renewed.
func TestRefusedIO(t *testing.T) {
	if !isInside() {
		require.NoError(t, os.Chmod(os.Args[0], 0o755))
		inside(t, t.Name(), "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all")
		return
	}
	root := processHost(t)
	allow := func(mode os.FileMode) { require.NoError(t, os.Chmod(root+"/proc/10/io", mode)) }
	p := open(t, Options{Root: root}, wholeProcess)
	var s snapshot.Snapshot
	refused := func() bool {
		faults := readProcesses(t, p, &s)
		one := &s.ProcessList.List[0]
		assert.True(t, one.Resident.Known, "all else of it is there")
		assert.True(t, s.ProcessList.List[1].Counters[snapshot.ProcessReadBytes].Known, "and that of others")
		if one.Counters[snapshot.ProcessReadBytes].Known {
			assert.Empty(t, faults)
			assert.Zero(t, s.ProcessList.Hidden)
			return false
		}
		assert.Equal(t, []source.Fault{{Domain: snapshot.DomainProcess, Source: "proc/[pid]/io", Reason: source.Unavailable, Err: unix.EACCES}}, faults)
		assert.Equal(t, uint64(1), s.ProcessList.Hidden)
		return true
	}

	allow(0)
	assert.True(t, refused())
	allow(0o600)
	assert.False(t, refused(), "a new one is looked at twice")
	allow(0)
	assert.True(t, refused())
	allow(0o600)
	assert.True(t, refused(), "it is not asked for at each pass")
	writeStat(t, root, 10, "one", "S", 1010, 4096, 88)
	assert.False(t, refused(), "another program may be another user's")
	allow(0)
	assert.True(t, refused())
	allow(0o600)
	passes := 1
	for refused() {
		passes++
		require.LessOrEqual(t, passes, refreshEvery)
	}
	assert.Greater(t, passes, 1, "and now and then")
}

// TestHidepid mounts /proc so that it hides the processes of others: their names are there and nothing else, then not even
// those.
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
	p := open(t, Options{}, wholeProcess)
	var s snapshot.Snapshot
	faults := readProcesses(t, p, &s)
	require.NotEmpty(t, namesOf(&s))
	for i := range s.ProcessList.List {
		assert.Equal(t, uint32(os.Getuid()), sourceOf[*Source](p).processes.living[i].identity.owner)
	}
	if os.Getenv("HOSTPROBE_HIDEPID") == "2" {
		assert.Empty(t, faults)
		assert.Zero(t, s.Processes.Hidden)
		return
	}
	require.Len(t, faults, 2, "each domain is told once")
	assert.Equal(t, source.Fault{Domain: snapshot.DomainProcesses, Source: "proc/[pid]/stat", Reason: source.Unavailable, Err: unix.EPERM}, faults[0])
	assert.Positive(t, s.Processes.Hidden)
	assert.Equal(t, s.Processes.Hidden, s.Processes.ByStatus[snapshot.StatusUnknown])
	assert.Equal(t, s.Processes.Hidden, s.ProcessList.Hidden)
}

// TestFewDescriptors reads where hardly any files may be open.
func TestFewDescriptors(t *testing.T) {
	if !isInside() {
		inside(t, t.Name(), "prlimit", "--nofile=32:32")
		return
	}
	p := open(t, Options{}, wholeProcess)
	var s snapshot.Snapshot
	for range 3 {
		p.Begin(&s, time.Now().UnixNano())
		for _, f := range p.Read(context.Background(), snapshot.DomainProcess) {
			assert.Equal(t, source.Unavailable, f.Reason, "%v", f)
		}
		assert.Greater(t, len(s.ProcessList.List), 8)
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package connections

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// program is a copy of this test under another name.
type program struct {
	*exec.Cmd
	port int
	say  func(string) // Writes a line, on which it continues.
	hear func() string
}

// start starts a program that has a listener open.
func start(t *testing.T, name, becomes string) *program {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	for _, name := range []string{name, becomes} {
		if name != "" {
			copyFile(t, self, filepath.Join(dir, name))
		}
	}
	if becomes != "" {
		becomes = filepath.Join(dir, becomes)
	}
	p := &program{Cmd: exec.Command(filepath.Join(dir, name))}
	p.Env = append(os.Environ(), holdSockets+"="+becomes)
	in, err := p.StdinPipe()
	require.NoError(t, err)
	out, err := p.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.Start())
	t.Cleanup(func() {
		in.Close()
		_ = p.Wait()
	})
	lines := bufio.NewScanner(out)
	p.say = func(s string) { fmt.Fprintln(in, s) }
	p.hear = func() string { lines.Scan(); return lines.Text() }
	_, err = fmt.Sscan(p.hear(), &p.port)
	require.NoError(t, err)
	return p
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, text, 0o700))
}

// sums returns how many sockets c has by owner, and by state.
func sums(c *snapshot.Connections) (owned, all uint64) {
	for _, o := range append(c.Owned, c.Surplus) {
		for v := range snapshot.NumIPVersions {
			for state := range snapshot.NumSocketStates {
				owned += o.TCP[v][state] + o.UDP[v][state]
			}
		}
		for state := range snapshot.NumSocketStates {
			owned += o.Unix[state]
		}
	}
	for state := range snapshot.NumSocketStates {
		for v := range snapshot.NumIPVersions {
			all += c.TCP[v].ByState[state] + c.UDP[v].ByState[state]
		}
		all += c.Unix.ByState[state]
	}
	return owned, all
}

func TestOwnersByProcess(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	self, err := os.Executable()
	require.NoError(t, err)
	other := start(t, "alpha", "beta")

	p, s := open(t, source.Options{}, processWant)
	fds := s.owners.fds
	c, _ := readConnections(t, p)
	assert.Equal(t, snapshot.Owner{Name: filepath.Base(self), PID: int32(os.Getpid())}, ownerOn(t, &c, listener.Addr().(*net.TCPAddr).Port))
	assert.Equal(t, snapshot.Owner{Name: "alpha", PID: int32(other.Process.Pid)}, ownerOn(t, &c, other.port))
	owned, all := sums(&c)
	assert.Equal(t, all, owned, "each socket is counted once, with or without an owner")
	assert.True(t, c.TCP[snapshot.IPv4].Owned)
	assert.LessOrEqual(t, c.Attributed, c.Holdable)
	assert.Positive(t, c.Attributed)
	for i, o := range c.Owned {
		assert.Equal(t, i == 0, o.Owner == snapshot.Owner{}, "the first is the unknown owner")
	}

	scans := fds.scan.number
	other.say("on")
	require.Equal(t, "again", other.hear())
	c, _ = readConnections(t, p)
	assert.Equal(t, snapshot.Owner{Name: "beta", PID: int32(other.Process.Pid)}, ownerOn(t, &c, other.port), "another program in the same process")
	assert.LessOrEqual(t, fds.scan.number-scans, uint64(1), "hardly a scan, since no process is new")

	require.NoError(t, other.Process.Kill())
	_ = other.Wait()
	readConnections(t, p)
	assert.NotContains(t, fds.processes, uint32(other.Process.Pid))
}

// TestMaxOwners: the sockets of owners above the limit are counted together, and each owner keeps its series.
func TestMaxOwners(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	start(t, "alpha", "")
	start(t, "beta", "")
	p, _ := openLimited(t, source.Options{}, processWant, 1, 1024)
	var first snapshot.Owner
	for range 3 {
		c, _ := readConnections(t, p)
		require.Len(t, c.Owned, 2, "the unknown owner and one")
		owned, all := sums(&c)
		assert.Equal(t, all, owned)
		surplus := 0
		for _, l := range c.Listeners {
			if l.Surplus {
				surplus++
			}
		}
		assert.Positive(t, surplus)
		if first == (snapshot.Owner{}) {
			first = c.Owned[1].Owner
		}
		assert.Equal(t, first, c.Owned[1].Owner, "it keeps its series")
	}
}

func TestTCPSockets(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	openSockets(t, 10)
	p, _ := openLimited(t, source.Options{}, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPSockets: true}}, 100, 12)
	c, faults := readConnections(t, p)
	require.Empty(t, faults)
	assert.Len(t, c.TCPSockets, 12)
	assert.GreaterOrEqual(t, c.TCPSocketsSeen, uint64(40))
	assert.False(t, c.TCP[snapshot.IPv4].Known, "counts are not requested")
	ours := 0
	for i := range c.TCPSockets {
		s := &c.TCPSockets[i]
		assert.Equal(t, snapshot.SocketEstablished, s.State)
		assert.NotZero(t, s.Local.Port)
		assert.NotZero(t, s.Remote.Port)
		if s.Owner.PID == int32(os.Getpid()) {
			ours++
			assert.Equal(t, s.Local.IP, s.Remote.IP, "both ends are on the loopback address")
		}
	}
	assert.Positive(t, ours)

	memory := c.TCPSockets
	var s snapshot.Snapshot
	s.Connections.TCPSockets = memory
	p.Read(t, &s, 1)
	assert.Same(t, &memory[0], &s.Connections.TCPSockets[0], "the list is made in the memory of the snapshot")
}

// cgroup creates a cgroup v2 and returns a function that moves this process into it.
func cgroup(t *testing.T, path string) (enter func()) {
	t.Helper()
	top := "/sys/fs/cgroup"
	if _, err := os.Stat(top + "/unified"); err == nil {
		top += "/unified"
	}
	enterAt := func(dir string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0o600))
	}
	here, err := os.ReadFile("/proc/self/cgroup")
	require.NoError(t, err)
	_, own, ok := strings.Cut(string(here), "0::")
	require.True(t, ok, "cgroup v2 is required")
	own, _, _ = strings.Cut(own, "\n")
	require.NoError(t, os.MkdirAll(filepath.Join(top, path), 0o755))
	t.Cleanup(func() {
		enterAt(filepath.Join(top, own))
		for dir := path; dir != "/"; dir = filepath.Dir(dir) {
			_ = os.Remove(filepath.Join(top, dir))
		}
	})
	return func() { enterAt(filepath.Join(top, path)) }
}

const containerID = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// TestOwnersByCgroup opens listeners in cgroups named as systemd and a container runtime name theirs.
func TestOwnersByCgroup(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	p, s := open(t, source.Options{}, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, Listeners: true, Owners: snapshot.OwnerWant{Unit: true, Container: true}}})
	cgroups := s.owners.cgroups
	require.NotNil(t, cgroups, "cgroup v2 is required")
	readConnections(t, p)

	var listeners []net.Listener
	for _, path := range []string{"/hostprobe-test.slice/web.service", "/hostprobe-test.slice/docker-" + containerID + ".scope"} {
		cgroup(t, path)()
		listener, err := net.Listen("tcp4", "127.0.0.1:0")
		require.NoError(t, err)
		listeners = append(listeners, listener)
	}
	client, err := net.Dial("tcp4", listeners[0].Addr().String()) // From within the container.
	require.NoError(t, err)

	c, faults := readConnections(t, p)
	require.Empty(t, faults)
	web := snapshot.Owner{Unit: "web.service"}
	container := snapshot.Owner{Unit: "docker-" + containerID + ".scope", Container: containerID}
	assert.Equal(t, web, ownerOn(t, &c, listeners[0].Addr().(*net.TCPAddr).Port))
	assert.Equal(t, container, ownerOn(t, &c, listeners[1].Addr().(*net.TCPAddr).Port))
	got := map[snapshot.Owner][snapshot.NumSocketStates]uint64{}
	for _, o := range c.Owned {
		got[o.Owner] = o.TCP[snapshot.IPv4]
	}
	assert.Equal(t, map[snapshot.Owner][snapshot.NumSocketStates]uint64{
		{}: {snapshot.SocketEstablished: 0},
		// A connection that waits for accept has the cgroup of the listener.
		web:       {snapshot.SocketListen: 1, snapshot.SocketEstablished: 1},
		container: {snapshot.SocketListen: 1, snapshot.SocketEstablished: 1},
	}, got)

	require.NoError(t, client.Close())
	for _, listener := range listeners {
		require.NoError(t, listener.Close())
	}
	c, _ = readConnections(t, p)
	assert.LessOrEqual(t, cgroups.known.Len(), 2, "connections in TIME_WAIT have no cgroup")
	assert.Empty(t, c.Listeners)
}

// TestOwnersAreNamedAsElsewhere: units have the names that systemctl and journalctl show, escapes included, and machines those
// that machinectl shows.
func TestOwnersAreNamedAsElsewhere(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	p, src := open(t, source.Options{}, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, Listeners: true, Owners: snapshot.OwnerWant{Unit: true, Container: true}}})
	require.NotNil(t, src.owners.cgroups, "cgroup v2 is required")
	want := map[string]snapshot.Owner{
		`/hostprobe-test.slice/dev-disk-by\x2dlabel-swap.swap`:                 {Unit: `dev-disk-by\x2dlabel-swap.swap`},
		`/hostprobe-test.slice/machine-my\x2dbox.scope/payload`:                {Unit: `machine-my\x2dbox.scope`, Container: "my-box"},
		`/hostprobe-test.slice/machine-lxc\x2d1234\x2ddb.scope`:                {Unit: `machine-lxc\x2d1234\x2ddb.scope`, Container: "lxc-1234-db"},
		`/hostprobe-test.slice/machine-qemu\x2d1\x2dvm.scope/libvirt/emulator`: {Unit: `machine-qemu\x2d1\x2dvm.scope`},
		"/hostprobe-test.slice/web.service/libpod-payload-" + containerID:      {Unit: "web.service", Container: containerID},
		"/hostprobe-test.slice/web.service/runtime":                            {Unit: "web.service"},
		`/hostprobe-test.slice/srv-gr\xc3\xbcn.mount`:                          {Unit: `srv-gr\xc3\xbcn.mount`},
	}
	ports := map[string]int{}
	for path := range want {
		cgroup(t, path)()
		listener, err := net.Listen("tcp4", "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close()
		ports[path] = listener.Addr().(*net.TCPAddr).Port
	}
	c, faults := readConnections(t, p)
	require.Empty(t, faults)
	for path, owner := range want {
		assert.Equal(t, owner, ownerOn(t, &c, ports[path]), path)
	}
}

// TestFDOwnersWithoutPrivilege: an unprivileged process still resolves its own sockets, and reports what it lacks.
func TestFDOwnersWithoutPrivilege(t *testing.T) {
	const inside = "HOSTPROBE_TEST_NOBODY"
	if os.Getenv(inside) == "" {
		root := exec.Command("sleep", "60")
		require.NoError(t, root.Start())
		defer func() {
			_ = root.Process.Kill()
			_ = root.Wait()
		}()
		// The test binary lies in a directory that other users cannot read.
		self, err := os.Executable()
		require.NoError(t, err)
		dir, err := os.MkdirTemp("", "hostprobe")
		require.NoError(t, err)
		defer os.RemoveAll(dir)
		require.NoError(t, os.Chmod(dir, 0o755))
		copyFile(t, self, filepath.Join(dir, "nobody"))
		require.NoError(t, os.Chmod(filepath.Join(dir, "nobody"), 0o755))
		cmd := exec.Command(filepath.Join(dir, "nobody"), "-test.run", "^"+t.Name()+"$", "-test.v")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), inside+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: "+t.Name())
		return
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	p := openSockDiag(t, processWant)
	for range 3 {
		c, faults := readConnections(t, p)
		require.Len(t, faults, 1)
		assert.Equal(t, "proc/[pid]/fd", faults[0].Source)
		assert.Equal(t, source.Unavailable, faults[0].Reason)
		assert.Equal(t, int32(os.Getpid()), ownerOn(t, &c, listener.Addr().(*net.TCPAddr).Port).PID)
	}
}

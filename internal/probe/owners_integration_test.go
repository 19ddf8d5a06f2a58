// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package probe

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
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// program is a copy of this test under another name.
type program struct {
	*exec.Cmd
	port int
	say  func(string) // It goes on when it hears a line.
	hear func() string
}

// start starts one that holds a listener.
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

// sums are how many sockets there are in c by owner, and in all.
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

	p := open(t, Options{}, processWant)
	holders := p.backend.(*native).connections.owners.holders
	c, _ := readConnections(t, p)
	assert.Equal(t, snapshot.Owner{Name: filepath.Base(self), PID: int32(os.Getpid())}, ownerOn(t, &c, listener.Addr().(*net.TCPAddr).Port))
	assert.Equal(t, snapshot.Owner{Name: "alpha", PID: int32(other.Process.Pid)}, ownerOn(t, &c, other.port))
	owned, all := sums(&c)
	assert.Equal(t, all, owned, "each socket is somebody's or nobody's")
	assert.True(t, c.TCP[snapshot.IPv4].Owned)
	assert.LessOrEqual(t, c.Attributed, c.Holdable)
	assert.Positive(t, c.Attributed)
	for i, o := range c.Owned {
		assert.Equal(t, i == 0, o.Owner == snapshot.Owner{}, "the first is nobody")
	}

	walks := holders.walk.number
	other.say("on")
	require.Equal(t, "again", other.hear())
	c, _ = readConnections(t, p)
	assert.Equal(t, snapshot.Owner{Name: "beta", PID: int32(other.Process.Pid)}, ownerOn(t, &c, other.port), "another program in the same process")
	assert.LessOrEqual(t, holders.walk.number-walks, uint64(1), "nobody new, hardly a walk")

	require.NoError(t, other.Process.Kill())
	_ = other.Wait()
	readConnections(t, p)
	assert.NotContains(t, holders.processes, uint32(other.Process.Pid))
}

// TestMaxOwners: the sockets of an owner too many are counted all the same, and each owner stays what it is.
func TestMaxOwners(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	start(t, "alpha", "")
	start(t, "beta", "")
	p := open(t, Options{MaxOwners: 1}, processWant)
	var first snapshot.Owner
	for range 3 {
		c, _ := readConnections(t, p)
		require.Len(t, c.Owned, 2, "nobody and one")
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
		assert.Equal(t, first, c.Owned[1].Owner, "it keeps its place")
	}
}

func TestTCPSockets(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	openSockets(t, 10)
	p := open(t, Options{MaxConnections: 12}, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPSockets: true}})
	c, faults := readConnections(t, p)
	require.Empty(t, faults)
	assert.Len(t, c.TCPSockets, 12)
	assert.GreaterOrEqual(t, c.TCPSocketsSeen, uint64(40))
	assert.False(t, c.TCP[snapshot.IPv4].Known, "nobody asked for counts")
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
	p.Begin(&s, 1)
	p.Read(t.Context(), snapshot.DomainConnections)
	assert.Same(t, &memory[0], &s.Connections.TCPSockets[0], "the list is made in the memory that is there")
}

// group makes a control group of version 2 and returns what moves this process into it.
func group(t *testing.T, path string) (enter func()) {
	t.Helper()
	top := "/" + cgroupTrees[0]
	if _, err := os.Stat(top + "/unified"); err == nil {
		top += "/unified"
	}
	enterAt := func(dir string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0o600))
	}
	here, err := os.ReadFile("/proc/self/cgroup")
	require.NoError(t, err)
	_, own, ok := strings.Cut(string(here), "0::")
	require.True(t, ok, "control groups of version 2 are needed")
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

// TestOwnersByControlGroup opens listeners in groups of which systemd and a container runtime have such.
func TestOwnersByControlGroup(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	p := open(t, Options{}, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, Listeners: true, Owners: snapshot.OwnerWant{Unit: true, Container: true}}})
	groups := p.backend.(*native).connections.owners.groups
	require.NotNil(t, groups, "control groups of version 2 are needed")
	readConnections(t, p)

	var listeners []net.Listener
	for _, path := range []string{"/hostprobe-test.slice/web.service", "/hostprobe-test.slice/docker-" + containerID + ".scope"} {
		group(t, path)()
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
		// What waits to be accepted has the group of the listener.
		web:       {snapshot.SocketListen: 1, snapshot.SocketEstablished: 1},
		container: {snapshot.SocketListen: 1, snapshot.SocketEstablished: 1},
	}, got)

	require.NoError(t, client.Close())
	for _, listener := range listeners {
		require.NoError(t, listener.Close())
	}
	c, _ = readConnections(t, p)
	assert.LessOrEqual(t, len(groups.known.items), 2, "what is left of the connections has no group")
	assert.Empty(t, c.Listeners)
}

// TestOwnersAreNamedAsElsewhere: units have the names that systemctl and journalctl show, escapes included, and machines those
// that machinectl shows.
func TestOwnersAreNamedAsElsewhere(t *testing.T) {
	if !hosttest.Unshared(t) {
		return
	}
	p := open(t, Options{}, snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, Listeners: true, Owners: snapshot.OwnerWant{Unit: true, Container: true}}})
	require.NotNil(t, p.backend.(*native).connections.owners.groups, "control groups of version 2 are needed")
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
		group(t, path)()
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

// TestHoldersWithoutPrivilege: a process that may not look into others still knows its own sockets, and says what it lacks.
func TestHoldersWithoutPrivilege(t *testing.T) {
	const inside = "HOSTPROBE_TEST_NOBODY"
	if os.Getenv(inside) == "" {
		root := exec.Command("sleep", "60")
		require.NoError(t, root.Start())
		defer func() {
			_ = root.Process.Kill()
			_ = root.Wait()
		}()
		// What is built for a test lies where nobody else may look.
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
	p := open(t, Options{}, processWant)
	for range 3 {
		c, faults := readConnections(t, p)
		require.Len(t, faults, 1)
		assert.Equal(t, "proc/[pid]/fd", faults[0].Source)
		assert.Equal(t, Unavailable, faults[0].Reason)
		assert.Equal(t, int32(os.Getpid()), ownerOn(t, &c, listener.Addr().(*net.TCPAddr).Port).PID)
	}
}

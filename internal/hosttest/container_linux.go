// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hosttest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Container is one way to run the collector in a container: with mounts of its own, the host's root mounted at Root, and a
// procfs and a sysfs of its namespaces.
type Container struct {
	Root string // Below it is the host.
	// HostPID and HostNetwork say that the container has these namespaces of the host.
	HostPID, HostNetwork bool
	Unprivileged         bool // Its user is 10001, else root.
	// Capabilities says that the user has what the documentation names: CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH for an unprivileged
	// one, all for root. Else it has none.
	Capabilities bool
	// Hidden says that /proc of the host is mounted with hidepid=2, in a pid namespace of its own that stands for the host's.
	Hidden bool
}

// SeesInit reports whether the host's first process is visible in the container: hidepid hides the processes of other users,
// except from group 0 and from those with CAP_SYS_PTRACE (fs/proc/base.c, has_pid_permissions).
func (c *Container) SeesInit() bool { return !c.Hidden || !c.Unprivileged || c.Capabilities }

// String is a name of a test.
func (c *Container) String() string {
	name := func(is bool, yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	parts := []string{
		name(c.HostPID, "host_pid", "own_pid"), name(c.HostNetwork, "host_network", "own_network"),
		name(c.Unprivileged, "user_10001", "root"), name(c.Capabilities, "capable", "incapable"),
	}
	if c.Hidden {
		parts = append(parts, "hidepid")
	}
	return strings.Join(parts, "-")
}

// containers are all combinations. Only where /proc hides processes do unprivileged users alone count.
func containers() (all []*Container) {
	for i := range 1 << 5 {
		c := &Container{HostPID: i&1 != 0, HostNetwork: i&2 != 0, Unprivileged: i&4 != 0, Capabilities: i&8 != 0, Hidden: i&16 != 0}
		if c.Unprivileged || !c.Hidden {
			all = append(all, c)
		}
	}
	return all
}

const containerRoot = "HOSTPROBE_CONTAINER_ROOT"

// EachContainer runs test in containers of all kinds, as subtests of their names. The calling test runs by its own name, as root,
// and does nothing else in the container.
func EachContainer(t *testing.T, test func(*testing.T, *Container)) {
	t.Helper()
	program := ""
	if !IsInside() {
		program = copyProgram(t)
		t.Setenv(containerRoot, filepath.Join(filepath.Dir(program), "root"))
	}
	for _, c := range containers() {
		c.Root = os.Getenv(containerRoot)
		t.Run(c.String(), func(t *testing.T) {
			if IsInside() {
				c.verify(t)
				test(t, c)
				return
			}
			insideBy(t, program, "/", c.command()...)
		})
	}
}

// verify fails if the container is not what c says.
func (c *Container) verify(t *testing.T) {
	t.Helper()
	assert.Equal(t, c.Unprivileged, os.Geteuid() == 10001)
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	assert.Equal(t, c.Capabilities, !strings.Contains(string(status), "\nCapEff:\t0000000000000000\n"))
}

// copyProgram copies this test program to where every user may execute it.
func copyProgram(t *testing.T) (path string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "hostprobe")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	self, err := os.Executable()
	require.NoError(t, err)
	text, err := os.ReadFile(self)
	require.NoError(t, err)
	path = filepath.Join(dir, "program.test")
	require.NoError(t, os.WriteFile(path, text, 0o755))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "root"), 0o755))
	return path
}

// command starts the container. A shell outside of it stays, so that it is the first process of a pid namespace of its own.
func (c *Container) command() []string {
	host, hostScript := []string{"unshare", "-m"}, `root=$1; shift; mount --rbind / "$root"; `
	if c.Hidden {
		host, hostScript = append(host, "-p", "-f"), hostScript+`mount -t proc -o hidepid=2 proc "$root/proc"; `
	}
	own, ownScript := []string{"unshare", "-m", "-i"}, `mount -t proc proc /proc; `
	if !c.HostPID {
		own = append(own, "-p", "-f")
	}
	if !c.HostNetwork {
		own, ownScript = append(own, "-n", "-u"), ownScript+`mount -t sysfs sysfs /sys; `
	}
	return slices.Concat(
		host, []string{"sh", "-ec", hostScript + `"$@"; exit`, "sh", c.Root},
		own, []string{"sh", "-ec", ownScript + `exec "$@"`, "sh"},
		c.user(),
	)
}

// user is the command that becomes the container's user.
func (c *Container) user() []string {
	switch {
	case c.Unprivileged && c.Capabilities:
		const capabilities = "-all,+sys_ptrace,+dac_read_search"
		return append(unprivileged(), "--inh-caps="+capabilities, "--ambient-caps="+capabilities, "--bounding-set="+capabilities)
	case c.Unprivileged:
		return append(unprivileged(), "--inh-caps=-all", "--bounding-set=-all")
	case !c.Capabilities:
		return []string{"setpriv", "--inh-caps=-all", "--bounding-set=-all"}
	}
	return nil
}

func unprivileged() []string {
	return []string{"setpriv", "--reuid=10001", "--regid=10001", "--clear-groups"}
}

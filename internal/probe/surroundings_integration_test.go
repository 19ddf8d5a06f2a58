// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package probe

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/runtimes"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

const ourContainer = "7f3c9d1e2b4a5860718293a4b5c6d7e8f90123456789abcdef0123456789abcd"

// TestMountsOfARuntime mounts over this process what Docker mounts into its containers, and takes it away again.
func TestMountsOfARuntime(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	for _, name := range runtimes.Variables() {
		t.Setenv(name, "")
	}
	dir := t.TempDir()
	file := "containers/" + ourContainer + "/hostname"
	hosttest.Write(t, dir, file, "web\n")
	p := open(t, Options{}, snapshot.Want{})
	var s snapshot.Snapshot
	require.Empty(t, takeRuntime(p, &s))
	before := s.Runtime
	require.NoError(t, unix.Mount(filepath.Join(dir, file), "/etc/hostname", "", unix.MS_BIND, ""))
	require.Empty(t, takeRuntime(p, &s))
	assert.Equal(t, "runtime: docker\ncontainer_id: "+ourContainer+"\n", verdict(&s.Runtime))
	hosttest.NoAllocs(t, func() { takeRuntime(p, &s) })
	assert.Equal(t, ourContainer, s.Runtime.ContainerID)
	unmount(t, "/etc/hostname")
	require.Empty(t, takeRuntime(p, &s))
	assert.Equal(t, before, s.Runtime)
}

// marked is a root with our own /proc and the markers of containers in it.
func marked(t *testing.T) (own string) {
	t.Helper()
	for _, name := range runtimes.Variables() {
		t.Setenv(name, "")
	}
	t.Setenv("container", "docker")
	t.Setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
	own = t.TempDir()
	hosttest.Write(t, own, ".dockerenv", "")
	hosttest.Write(t, own, "run/.containerenv", "")
	hosttest.Write(t, own, "run/systemd/container", "docker\n")
	require.NoError(t, os.Mkdir(filepath.Join(own, "proc"), 0o755))
	require.NoError(t, unix.Mount("/proc", filepath.Join(own, "proc"), "", unix.MS_BIND|unix.MS_REC, ""))
	t.Cleanup(func() { _ = unix.Unmount(filepath.Join(own, "proc"), unix.MNT_DETACH) })
	return own
}

// TestMarkersInNamespaces: in the namespaces that systemd gives to a service that it shuts in, markers of containers say
// nothing. In a pid or a cgroup namespace they do.
func TestMarkersInNamespaces(t *testing.T) {
	const want = "HOSTPROBE_TEST_MARKED"
	if !isInside() {
		own, err := os.Readlink("/proc/self/ns/pid")
		require.NoError(t, err)
		group, err := os.Readlink("/proc/self/ns/cgroup")
		require.NoError(t, err)
		if own == "pid:[4026531836]" && group == "cgroup:[4026531835]" {
			t.Setenv(want, "")
		} else { // The test runs in a container.
			t.Setenv(want, "podman kubernetes")
		}
		inside(t, t.Name(), "unshare", "-m", "-n", "-u", "-i")
		t.Setenv(want, "podman kubernetes")
		inside(t, t.Name(), "unshare", "-m", "-p", "-f", "--mount-proc")
		inside(t, t.Name(), "unshare", "-m", "-C")
		return
	}
	var s snapshot.Snapshot
	require.Empty(t, takeRuntime(within(t, marked(t), t.TempDir(), Options{}), &s))
	assert.Equal(t, os.Getenv(want), strings.TrimSpace(s.Runtime.ContainerRuntime+" "+s.Runtime.Orchestrator))
}

const asContainer = "HOSTPROBE_TEST_AS_CONTAINER"

// TestGroupInTheTreeOfTheHost has a collector in a container's control group, in a namespace of its own, where that group
// is called /. With the host's root at another path it knows its id all the same.
func TestGroupInTheTreeOfTheHost(t *testing.T) {
	if host := os.Getenv(asContainer); host != "" {
		inContainer(t, host)
		return
	}
	tree := ""
	for _, name := range cgroupTrees {
		var stat unix.Statfs_t
		if unix.Statfs("/"+name, &stat) == nil && stat.Type == unix.CGROUP2_SUPER_MAGIC {
			tree = "/" + name
		}
	}
	if tree == "" {
		t.Skip("no control groups of version 2 are mounted")
	}
	pod := filepath.Join(tree, fmt.Sprintf("kubepods-test%d", os.Getpid()), "pod4f0c0d93-f622-47ad-b040-3f784afcc7ac")
	group := filepath.Join(pod, "cri-containerd-"+ourContainer+".scope")
	require.NoError(t, os.MkdirAll(group, 0o755))
	t.Cleanup(func() {
		for _, dir := range []string{group, pod, filepath.Dir(pod)} {
			assert.NoError(t, os.Remove(dir))
		}
	})
	fd, err := unix.Open(group, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(fd)
	host := t.TempDir()
	// A script may have the root of the host mounted elsewhere and its own tree of control groups where it belongs.
	const script = `mount --make-rprivate / && mount --rbind / "$1" && umount "$2" && mount -t cgroup2 none "$2" &&
		mount --bind "$1/etc/hostname" /etc/hostname && exec "$3" -test.run '^TestGroupInTheTreeOfTheHost$' -test.v`
	cmd := exec.Command("unshare", "-C", "-m", "sh", "-ec", script, "sh", host, tree, os.Args[0])
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: fd}
	cmd.Env = append(os.Environ(), asContainer+"="+host)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
}

func inContainer(t *testing.T, host string) {
	t.Helper()
	for _, name := range runtimes.Variables() {
		t.Setenv(name, "")
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	require.NoError(t, err)
	require.Contains(t, "\n"+string(own), "\n0::/\n", "the path says nothing")
	var s snapshot.Snapshot
	require.Empty(t, takeRuntime(open(t, Options{}, snapshot.Want{}), &s))
	assert.Empty(t, s.Runtime.ContainerID, "the tree of the host is not in sight")
	p := open(t, Options{Root: host}, snapshot.Want{})
	require.Empty(t, takeRuntime(p, &s))
	assert.Equal(t, strings.Join([]string{
		"runtime: containerd", "container_id: " + ourContainer, "orchestrator: kubernetes",
		"workload_id: 4f0c0d93-f622-47ad-b040-3f784afcc7ac", "",
	}, "\n"), verdict(&s.Runtime))
	hosttest.NoAllocs(t, func() { takeRuntime(p, &s) })
}

// TestRuntimeWithoutPermission: an unprivileged collector is not let in to a socket, and says that it does not know.
func TestRuntimeWithoutPermission(t *testing.T) {
	if os.Getenv(asContainer) == "" {
		root := t.TempDir()
		defer unix.Close(listenAt(t, root, "run/docker.sock", 128))
		require.NoError(t, os.Chmod(filepath.Join(root, "run/docker.sock"), 0o600))
		for dir := root; dir != "/tmp" && dir != "/"; dir = filepath.Dir(dir) {
			require.NoError(t, os.Chmod(dir, 0o755))
		}
		cmd := exec.Command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all",
			"/proc/self/exe", "-test.run", "^"+t.Name()+"$", "-test.v")
		self, err := os.Executable()
		require.NoError(t, err)
		program := filepath.Join(root, "probe.test")
		copyFile(t, self, program)
		cmd.Args[5] = program
		cmd.Dir = "/"
		cmd.Env = append(os.Environ(), asContainer+"="+root)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: "+t.Name())
		return
	}
	var s snapshot.Snapshot
	p := open(t, Options{Root: os.Getenv(asContainer)}, snapshot.Want{Runtime: snapshot.RuntimeWant{Available: true}})
	assert.Equal(t, []Fault{{snapshot.DomainRuntime, "run/docker.sock", Unavailable, unix.EACCES}}, takeRuntime(p, &s))
	assert.Equal(t, []snapshot.AvailableRuntime{{Name: "docker", SocketPath: "/run/docker.sock"}}, s.Runtime.Available)
}

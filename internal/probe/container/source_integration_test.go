// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package container

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
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/runtimes"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// ownContainer is the ID of the container that the tests run in.
const ownContainer = "7f3c9d1e2b4a5860718293a4b5c6d7e8f90123456789abcdef0123456789abcd"

// TestMountsOfARuntime mounts a file as Docker does in its containers, and unmounts it.
func TestMountsOfARuntime(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	for _, name := range runtimes.Variables() {
		t.Setenv(name, "")
	}
	dir := t.TempDir()
	file := "containers/" + ownContainer + "/hostname"
	hosttest.Write(t, dir, file, "web\n")
	p := open(t, "", snapshot.RuntimeWant{})
	var s snapshot.Snapshot
	require.Empty(t, takeRuntime(p, &s))
	before := s.Runtime
	require.NoError(t, unix.Mount(filepath.Join(dir, file), "/etc/hostname", "", unix.MS_BIND, ""))
	require.Empty(t, takeRuntime(p, &s))
	assert.Equal(t, "runtime: docker\ncontainer_id: "+ownContainer+"\n", verdict(&s.Runtime))
	hosttest.NoAllocs(t, func() { takeRuntime(p, &s) })
	assert.Equal(t, ownContainer, s.Runtime.ContainerID)
	require.NoError(t, unix.Unmount("/etc/hostname", unix.MNT_DETACH))
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

// TestMarkersInNamespaces: in the namespaces that systemd gives to a sandboxed service, markers of containers prove
// nothing. In a pid or a cgroup namespace they do.
func TestMarkersInNamespaces(t *testing.T) {
	const want = "HOSTPROBE_TEST_MARKED"
	if !hosttest.IsInside() {
		own, err := os.Readlink("/proc/self/ns/pid")
		require.NoError(t, err)
		group, err := os.Readlink("/proc/self/ns/cgroup")
		require.NoError(t, err)
		if own == "pid:[4026531836]" && group == "cgroup:[4026531835]" {
			t.Setenv(want, "")
		} else { // The test runs in a container.
			t.Setenv(want, "podman kubernetes")
		}
		hosttest.Inside(t, "unshare", "-m", "-n", "-u", "-i")
		t.Setenv(want, "podman kubernetes")
		hosttest.Inside(t, "unshare", "-m", "-p", "-f", "--mount-proc")
		hosttest.Inside(t, "unshare", "-m", "-C")
		return
	}
	var s snapshot.Snapshot
	require.Empty(t, takeRuntime(within(t, marked(t), t.TempDir(), maxLength), &s))
	assert.Equal(t, os.Getenv(want), strings.TrimSpace(s.Runtime.ContainerRuntime+" "+s.Runtime.Orchestrator))
}

// asContainer makes a test run as the collector in a container. Its value is the path of the host's root.
const asContainer = "HOSTPROBE_TEST_AS_CONTAINER"

// TestCgroupInHostTree has a collector in a container's cgroup and in a cgroup namespace whose root that is, so that its path is /.
// With the host's root mounted, the ID of the container is detected nevertheless.
func TestCgroupInHostTree(t *testing.T) {
	if host := os.Getenv(asContainer); host != "" {
		inContainer(t, host)
		return
	}
	tree := hosttest.Cgroup2(t)
	pod := filepath.Join(tree, fmt.Sprintf("kubepods-test%d", os.Getpid()), "pod4f0c0d93-f622-47ad-b040-3f784afcc7ac")
	group := filepath.Join(pod, "cri-containerd-"+ownContainer+".scope")
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
	// The host's root is mounted elsewhere, with its cgroup hierarchy, and the collector has the hierarchy of its namespace.
	const script = `mount --make-rprivate / && { test "$2" = /sys/fs/cgroup || mount --bind "$2" /sys/fs/cgroup; } &&
		mount --rbind / "$1" && umount /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup &&
		mount --bind "$1/etc/hostname" /etc/hostname && exec "$3" -test.run '^TestCgroupInHostTree$' -test.v`
	cmd := exec.Command("unshare", "-C", "-m", "sh", "-ec", script, "sh", host, tree, os.Args[0])
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: fd}
	cmd.Env = append(os.Environ(), asContainer+"="+host)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
}

// inContainer is TestCgroupInHostTree in the container.
func inContainer(t *testing.T, host string) {
	t.Helper()
	for _, name := range runtimes.Variables() {
		t.Setenv(name, "")
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	require.NoError(t, err)
	require.Contains(t, "\n"+string(own), "\n0::/\n", "the namespace hides the path")
	var s snapshot.Snapshot
	require.Empty(t, takeRuntime(open(t, "", snapshot.RuntimeWant{}), &s))
	assert.Empty(t, s.Runtime.ContainerID, "the host's hierarchy is not mounted")
	p := open(t, host, snapshot.RuntimeWant{})
	require.Empty(t, takeRuntime(p, &s))
	assert.Equal(t, strings.Join([]string{
		"runtime: containerd", "container_id: " + ownContainer, "orchestrator: kubernetes",
		"workload_id: 4f0c0d93-f622-47ad-b040-3f784afcc7ac", "",
	}, "\n"), verdict(&s.Runtime))
	hosttest.NoAllocs(t, func() { takeRuntime(p, &s) })
}

// TestRuntimeWithoutPermission: whether a runtime runs is unknown to a collector without the privileges to connect to its socket.
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
		program := filepath.Join(root, "container.test")
		text, err := os.ReadFile(self)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(program, text, 0o755))
		cmd.Args[5] = program
		cmd.Dir = "/"
		cmd.Env = append(os.Environ(), asContainer+"="+root)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: "+t.Name())
		return
	}
	var s snapshot.Snapshot
	p := open(t, os.Getenv(asContainer), snapshot.RuntimeWant{Available: true})
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainRuntime, Source: "run/docker.sock", Reason: source.Unavailable, Err: unix.EACCES}}, takeRuntime(p, &s))
	assert.Equal(t, []snapshot.AvailableRuntime{{Name: "docker", SocketPath: "/run/docker.sock"}}, s.Runtime.Available)
}

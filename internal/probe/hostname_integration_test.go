// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package probe

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

const hostnameEnv = "HOSTPROBE_TEST_ROOT"

// TestHostnameBelowARoot has the root of the host at another path, with nothing in etc/hostname. The name is the kernel's where
// the UTS namespace is known to be the host's, and unknown elsewhere. It runs on this machine and in containers, as which it may run
// itself: there, without privileges, the namespace of the first process cannot be compared.
func TestHostnameBelowARoot(t *testing.T) {
	if root := os.Getenv(hostnameEnv); root != "" {
		assert.Equal(t, os.Getenv(hostnameEnv+"_NAME"), open(t, Options{Root: root}, snapshot.Want{}).Host().Name)
		return
	}
	if !hosttest.IsInside() {
		hosttest.Inside(t, "unshare", "-m")
		hosttest.Inside(t, "unshare", "-m", "-u")
		hosttest.Inside(t, "unshare", "-m", "-p", "-f", "--mount-proc")
		hosttest.Inside(t, "unshare", "-m", "-u", "-p", "-f", "--mount-proc")
		return
	}
	require.NoError(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	dir, err := os.MkdirTemp("", "hostprobe")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	require.NoError(t, os.Chmod(dir, 0o755))
	self, err := os.Executable()
	require.NoError(t, err)
	program, root := filepath.Join(dir, "probe.test"), filepath.Join(dir, "root")
	text, err := os.ReadFile(self)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program, text, 0o755))
	for _, name := range []string{"proc", "etc"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, name), 0o755))
	}
	require.NoError(t, unix.Mount("/proc", filepath.Join(root, "proc"), "", unix.MS_BIND|unix.MS_REC, ""))
	defer func() { _ = unix.Unmount(filepath.Join(root, "proc"), unix.MNT_DETACH) }()

	kernels, err := os.Hostname()
	require.NoError(t, err)
	kernels = nameOf(kernels)
	privileged, unprivileged := expectedNames(t, kernels)
	nobody := []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"}
	for _, tt := range []struct {
		command []string
		want    string
	}{
		{nil, privileged},
		{nobody, unprivileged},
		{[]string{"unshare", "-m", "-n", "-i"}, privileged},
		{[]string{"unshare", "-m", "-p", "-f"}, privileged}, // As a pod with hostNetwork and without hostPID.
		{slices.Concat([]string{"unshare", "-m", "-p", "-f"}, nobody), unprivileged},
		{[]string{"unshare", "-u"}, ""},
		{slices.Concat([]string{"unshare", "-u"}, nobody), ""},
	} {
		t.Setenv(hostnameEnv, root)
		t.Setenv(hostnameEnv+"_NAME", tt.want)
		command := append(slices.Clone(tt.command), program, "-test.run", "^"+t.Name()+"$", "-test.v")
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%v: %s", tt.command, out)
		require.Contains(t, string(out), "--- PASS: "+t.Name())
	}
}

// expectedNames returns the host's name below a root with this /proc, for those who may read the namespaces of its first process
// and for those who may not: kernels where they know that the UTS namespace is the host's, else "".
func expectedNames(t *testing.T, kernels string) (privileged, unprivileged string) {
	t.Helper()
	own := map[string]string{}
	for _, kind := range []string{"uts", "pid"} {
		link, err := os.Readlink("/proc/self/ns/" + kind)
		require.NoError(t, err)
		own[kind] = link
	}
	if own["uts"] == "uts:[4026531838]" && own["pid"] == "pid:[4026531836]" { // The initial ones, by include/linux/proc_ns.h.
		unprivileged = kernels
	}
	switch first, err := os.Readlink("/proc/1/ns/uts"); {
	case err != nil: // A sandbox denies root ptrace access too.
		privileged = unprivileged
	case first == own["uts"]:
		privileged = kernels
	}
	return privileged, unprivileged
}

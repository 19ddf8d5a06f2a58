// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hosttest

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const inside = "HOSTPROBE_TEST_UNSHARED"

// Unshared runs the rest of the calling test in a process that has a network and a mount namespace of its own, with
// nothing but a loopback interface: it returns true there. In the process that calls it, it reports what came of that and
// returns false. The test must be one that runs by its own name, and root.
func Unshared(t *testing.T) bool {
	t.Helper()
	if !again(t, "-n") {
		return false
	}
	raiseLoopback(t)
	return true
}

// OwnMounts is Unshared with a mount and a pid namespace: the rest of the test sees and changes its own mounts only, and all
// processes that it leaves behind end.
func OwnMounts(t *testing.T) bool {
	t.Helper()
	return again(t, "-p", "-f", "--mount-proc")
}

// again runs the test again in a mount namespace and the others named, and reports whether this is that.
func again(t *testing.T, namespaces ...string) bool {
	t.Helper()
	if os.Getenv(inside) == t.Name() {
		return true
	}
	self, err := os.Executable()
	require.NoError(t, err)
	args := append([]string{"-m"}, namespaces...)
	cmd := exec.Command("unshare", append(args, self, "-test.run", "^"+t.Name()+"$", "-test.v")...)
	cmd.Env = append(os.Environ(), inside+"="+t.Name())
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
	t.Logf("%s", out)
	return false
}

func raiseLoopback(t *testing.T) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	require.NoError(t, err)
	request.SetUint16(unix.IFF_UP)
	require.NoError(t, unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request))
}

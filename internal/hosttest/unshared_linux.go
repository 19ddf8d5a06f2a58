// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hosttest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

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
	if IsInside() {
		return true
	}
	Inside(t, slices.Concat([]string{"unshare", "-m"}, namespaces)...)
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

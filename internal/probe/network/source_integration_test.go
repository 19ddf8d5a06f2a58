// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package network

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// insideNamespace is set in the process that has a network namespace of its own.
const insideNamespace = "HOSTPROBE_TEST_NAMESPACE"

// inNetworkNamespace runs the test again in network and mount namespaces of its own, by a shell script that is to run "$@",
// and reports whether this is that run.
func inNetworkNamespace(t *testing.T, script string) bool {
	t.Helper()
	if os.Getenv(insideNamespace) != "" {
		return true
	}
	run := exec.Command("unshare", "-m", "-n", "sh", "-ec", script, "sh", os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	run.Env = append(os.Environ(), insideNamespace+"=1")
	out, err := run.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
	return false
}

func ip(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.Command("ip", args...).CombinedOutput()
	require.NoError(t, err, "ip %v: %s", args, out)
}

// TestRealInterfaces creates, renames, deletes and recreates interfaces while the source keeps their files open.
func TestRealInterfaces(t *testing.T) {
	if !inNetworkNamespace(t, `mount -t sysfs sysfs /sys; "$@"`) {
		return
	}
	want := allLinks
	want.Network.Interfaces = true
	p := openRoot(t, "", want)
	known := snapshot.Known
	now := int64(0)
	read := func() map[string]snapshot.Interface {
		now += 100
		n, faults := readNetwork(t, p, now)
		require.Empty(t, faults)
		all := map[string]snapshot.Interface{}
		for _, found := range n.Interfaces {
			all[found.Name] = found
		}
		return all
	}
	all := read()
	require.Len(t, all, 1, "a new namespace has a loopback that is down")
	assert.Equal(t, known(0), all["lo"].Up)

	ip(t, "link", "add", "one", "mtu", "1400", "type", "veth", "peer", "name", "two")
	ip(t, "link", "add", "bridge", "type", "bridge")
	ip(t, "link", "set", "one", "up")
	all = read()
	require.Len(t, all, 4)
	assert.Equal(t, known(0), all["one"].Up, "its peer is down")
	assert.Zero(t, all["one"].Speed, "veth reports one nevertheless")
	assert.Equal(t, known(1400), all["one"].MTU)
	ip(t, "link", "set", "two", "up")
	changes := all["one"].CarrierChanges.N
	require.Eventually(t, func() bool { // The kernel updates the state a moment later.
		all = read()
		return all["one"].Up == known(1)
	}, 5*time.Second, 10*time.Millisecond)
	assert.Equal(t, known(10_000*bytesPerMegabit), all["one"].Speed, "the speed that veth reports")
	assert.Greater(t, all["one"].CarrierChanges.N, changes)
	assert.Empty(t, all["one"].ID)

	// Renamed while it is up, and another one is created with its name at once.
	ip(t, "link", "set", "one", "name", "uno")
	ip(t, "link", "add", "one", "mtu", "1300", "type", "bridge")
	all = read()
	assert.Equal(t, known(1400), all["uno"].MTU)
	assert.Equal(t, known(1), all["uno"].Up)
	assert.Equal(t, known(1300), all["one"].MTU)
	assert.Equal(t, known(0), all["one"].Up)

	// The two swap their names between two scrapes.
	ip(t, "link", "set", "one", "name", "other")
	ip(t, "link", "set", "uno", "name", "one")
	ip(t, "link", "set", "other", "name", "uno")
	all = read()
	assert.Equal(t, known(1400), all["one"].MTU)
	assert.Equal(t, known(1300), all["uno"].MTU)

	// Deleted and recreated as another kind: its counters restart, and so does its Start.
	ip(t, "link", "del", "one") // Its peer goes with it.
	ip(t, "link", "add", "one", "mtu", "1200", "type", "bridge")
	before := now
	again := read()
	assert.Equal(t, known(1200), again["one"].MTU)
	assert.NotContains(t, again, "two")
	if all["one"].Sent.Packets.N > 0 {
		assert.Equal(t, before, again["one"].Start)
	}
	ip(t, "link", "del", "one")
	assert.NotContains(t, read(), "one")

	// A name that needs escaping.
	ip(t, "link", "add", "q\"\\\xff|", "mtu", "1100", "type", "bridge")
	assert.Equal(t, known(1100), read()[`q"\\xff|`].MTU)
}

// TestSysOfAnotherNamespace: while /sys shows another network namespace than the collector's, its interfaces are not
// mistaken for those of the same name.
func TestSysOfAnotherNamespace(t *testing.T) {
	if !inNetworkNamespace(t, `mount -t sysfs sysfs /sys; ip link add shared mtu 1234 type bridge; unshare -n "$@"`) {
		return
	}
	ip(t, "link", "add", "index", "1999", "shared", "mtu", "1300", "type", "bridge")
	n, faults := readNetwork(t, openRoot(t, "", allLinks), 1)
	require.Len(t, faults, 1)
	assert.ErrorIs(t, faults[0].Err, source.ErrOtherNamespace)
	for _, found := range n.Interfaces {
		if found.Name != "lo" { // Every namespace has one with index 1, and they are alike.
			assert.Equal(t, snapshot.Interface{Name: found.Name}, found)
		}
	}
}

// TestLinksLogged logs what it has read and the faults, for the test that injects errors into its system calls.
func TestLinksLogged(t *testing.T) {
	runtime.LockOSThread() // strace counts calls by thread.
	defer runtime.UnlockOSThread()
	n, faults := readNetwork(t, openRoot(t, "", allLinks), 1)
	require.NotEmpty(t, n.Interfaces)
	var reported []string
	for _, f := range faults {
		reported = append(reported, fmt.Sprintf("%s %s %s: %v", f.Domain, f.Source, f.Reason, f.Err))
	}
	t.Logf("of %s: MTU %t, faults %q", n.Interfaces[0].Name, n.Interfaces[0].MTU.Known, reported)
}

// TestLinksUnderFault: a denied system call is not taken for another namespace, nor is an interface that is recreated during
// the scrape.
func TestLinksUnderFault(t *testing.T) {
	refused := hosttest.UnderFault(t, "TestLinksLogged", "-e", "inject=socket:error=EPERM")
	assert.Contains(t, refused, `faults ["network sys/class/net unavailable: socket: operation not permitted"]`)
	for _, fault := range []string{
		"socket:error=EAFNOSUPPORT:when=1+2", // One of two families alone.
		"ioctl:error=ENODEV:when=1+2",
	} {
		assert.Contains(t, hosttest.UnderFault(t, "TestLinksLogged", "-e", "inject="+fault), "MTU true, faults []", fault)
	}
}

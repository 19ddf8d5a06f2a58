// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package pseudofs

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestMountHoldsBinds: a directory of procfs that is bound over itself read-only, as container runtimes do with proc/sys, lies on
// procfs; what another filesystem hides does not.
func TestMountHoldsBinds(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	require.NoError(t, unix.Mount("/proc/sys", "/proc/sys", "", unix.MS_BIND, ""))
	require.NoError(t, unix.Mount("", "/proc/sys", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
	require.NoError(t, unix.Mount("tmpfs", "/proc/sys/kernel/random", "tmpfs", 0, ""))
	require.NoError(t, unix.Mount("/dev/null", "/proc/uptime", "", unix.MS_BIND, ""))
	fs := openFS(t, "")
	m, err := fs.MountOf("proc")
	require.NoError(t, err)
	for name, want := range map[string]bool{
		"proc/stat":                   true,
		"proc/sys/kernel/pid_max":     true,
		"proc/sys/net/none":           true,
		"proc/sys/kernel/random/uuid": false,
		"proc/uptime":                 false,
	} {
		assert.Equal(t, want, m.Holds(fs, name), name)
	}
}

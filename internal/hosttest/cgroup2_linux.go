// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hosttest

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const cgroup2Dir = "HOSTPROBE_CGROUP2"

// Cgroup2 returns where the hierarchy of cgroup v2 is mounted, which may have no controllers. On a host of version 1 alone it is
// mounted for the test: every kernel has it. Processes that the test starts get the same directory.
func Cgroup2(t *testing.T) (dir string) {
	t.Helper()
	if dir = os.Getenv(cgroup2Dir); dir != "" {
		return dir
	}
	for _, dir = range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		var stat unix.Statfs_t
		if unix.Statfs(dir, &stat) == nil && stat.Type == unix.CGROUP2_SUPER_MAGIC {
			t.Setenv(cgroup2Dir, dir)
			return dir
		}
	}
	dir = t.TempDir()
	require.NoError(t, unix.Mount("none", dir, "cgroup2", 0, ""))
	t.Cleanup(func() { assert.NoError(t, unix.Unmount(dir, unix.MNT_DETACH)) })
	t.Setenv(cgroup2Dir, dir)
	return dir
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package hostprobereceiver

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// run runs a command that must succeed.
func run(t *testing.T, command ...string) {
	t.Helper()
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	require.NoError(t, err, "%v: %s", command, out)
}

// mountDisk makes a file system of this type in a file and mounts it, in the mount namespace of the test.
func mountDisk(t *testing.T, fsType string) (at string) {
	t.Helper()
	dir := t.TempDir()
	at = dir + "/" + fsType
	require.NoError(t, os.Mkdir(at, 0o755))
	require.NoError(t, os.WriteFile(dir+"/image", nil, 0o600))
	require.NoError(t, os.Truncate(dir+"/image", 200<<20)) // btrfs takes no less than 109 MiB.
	run(t, "mkfs."+fsType, "-q", dir+"/image")
	run(t, "mount", "-o", "loop", dir+"/image", at)
	t.Cleanup(func() { _ = exec.Command("umount", "-l", at).Run() }) // Unless the test did.
	return at
}

// TestInodesAsNeeded: btrfs makes inodes as it needs them and has no number of them, ext4 has; both have their space.
func TestInodesAsNeeded(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	paths := map[string]string{"btrfs": mountDisk(t, "btrfs"), "ext4": mountDisk(t, "ext4")}
	batch, logs := startBoth(t, receivertest.NewNopSettings(metadata.Type), "scrapers: {filesystem: }").first(t)
	points := pointsOf(t, batch)
	tree := hosttest.Document(t, hosttest.Schema(t), documentOf(t, logs).Body().Str())
	for fsType, path := range paths {
		counts := map[string]int{}
		for id := range points {
			if strings.Contains(id, "mountpoint:"+path+" ") {
				metric, _, _ := strings.Cut(id, "[")
				counts[metric]++
			}
		}
		usage := map[string]any{}
		for _, one := range list(tree, "disk.usage") {
			if one["path"] == path {
				usage = one
			}
		}
		assert.Contains(t, usage, "used_percent", fsType)
		if fsType == "btrfs" {
			assert.Equal(t, map[string]int{"system.filesystem.usage": 3}, counts)
			assert.NotContains(t, usage, "inodes_total")
			assert.NotContains(t, usage, "inodes_used")
			assert.NotContains(t, usage, "inodes_free")
			continue
		}
		assert.Equal(t, map[string]int{"system.filesystem.usage": 3, "system.filesystem.inodes.usage": 2}, counts)
		assert.Contains(t, usage, "inodes_free")
	}
}

// TestOnlyMountIsADirectory: a file system of which nothing is mounted but a directory is one, and what binds from a mount is
// none, whether a directory or all of it.
func TestOnlyMountIsADirectory(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	at := mountDisk(t, "ext4")
	dir := t.TempDir()
	bind := func(from, to string) (path string) {
		path = dir + "/" + to
		require.NoError(t, os.MkdirAll(from, 0o755))
		require.NoError(t, os.MkdirAll(path, 0o755))
		run(t, "mount", "--bind", from, path)
		t.Cleanup(func() { _ = exec.Command("umount", "-l", path).Run() })
		return path
	}
	rootfs := bind(at+"/rootfs", "rootfs")
	below := bind(at+"/rootfs/srv", "below")
	mountPoints := func() (found []string) {
		points := scrapeAll(t, started(t, receivertest.NewNopSettings(metadata.Type), "scrapers: {filesystem: {inodes: false}}"))
		for _, path := range []string{at, rootfs, below} {
			for id := range points {
				if strings.Contains(id, "mountpoint:"+path+" ") && strings.Contains(id, "state:used") {
					found = append(found, path)
				}
			}
		}
		return found
	}
	assert.Equal(t, []string{at}, mountPoints())
	again := bind(at, "again")
	run(t, "umount", at)
	assert.Empty(t, mountPoints(), again+" shows all of it")
	run(t, "umount", again)
	assert.Equal(t, []string{rootfs}, mountPoints())
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package benchmarks

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/benchmarks/internal/sidebyside"
	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// filesystemConfigs are what users of host_metrics write under filesystem.
var filesystemConfigs = map[string]string{
	"defaults":         "",
	"virtual":          "include_virtual_filesystems: true",
	"every metric":     "metrics: {system.filesystem.utilization: {enabled: true}}",
	"one metric":       "metrics: {system.filesystem.inodes.usage: {enabled: false}}",
	"by type":          "include_virtual_filesystems: true, metrics: {system.filesystem.usage: {attributes: [type, state]}}",
	"the fullest":      "include_virtual_filesystems: true, metrics: {system.filesystem.usage: {attributes: [state], aggregation_strategy: max}}",
	"a device":         "include_virtual_filesystems: true, include_devices: {match_type: strict, devices: [/dev/sda1, /dev/vda, tmpfs]}",
	"not a device":     "include_virtual_filesystems: true, exclude_devices: {match_type: regexp, devices: [^/dev/sd, cgroup]}",
	"types":            "include_virtual_filesystems: true, include_fs_types: {match_type: regexp, fs_types: [^tmpfs$, ext]}",
	"not types":        "include_virtual_filesystems: true, exclude_fs_types: {match_type: strict, fs_types: [tmpfs, overlay]}",
	"mount points":     "include_virtual_filesystems: true, include_mount_points: {match_type: regexp, mount_points: ['^/$', '^/mnt', '^/dev']}",
	"not mount points": "exclude_mount_points: {match_type: strict, mount_points: [/home]}, include_virtual_filesystems: true",
	"filters together": "include_virtual_filesystems: true, include_fs_types: {match_type: strict, fs_types: [ext4, tmpfs, devpts]}, " +
		"exclude_mount_points: {match_type: regexp, mount_points: [shm, home]}, include_devices: {match_type: regexp, devices: ['.']}",
}

// manyMounts has every kind of mount that both receivers tell the same of. Their directories are in the root.
const manyMounts = `1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
2 1 0:20 / /run rw - tmpfs tmpfs rw
3 1 8:2 / /home ro - ext4 /dev/sda2 rw
4 1 8:2 /user /mnt/bind rw - ext4 /dev/sda2 rw
5 1 8:3 / /mnt/broken rw - xfs /dev/sda3 ro
6 1 0:30 /@data /mnt/data rw - btrfs /dev/sdb rw,subvolid=5,subvol=/@data
7 1 0:30 /@data/dir /mnt/data2 rw - btrfs /dev/sdb rw,subvolid=5,subvol=/@data
8 1 0:40 / /mnt/merged rw - overlay overlay rw,lowerdir=/a
9 1 0:42 / /mnt/tank rw - zfs tank/set rw
10 2 0:4 net:[4026532000] /run/netns rw - nsfs nsfs rw
11 1 8:4 / /mnt/neither nosuid - ext4 /dev/sda4 errors=continue
12 1 253:0 / /mnt/lvm rw - ext4 /dev/mapper/vg-lv rw
13 1 253:9 / /mnt/lost rw - ext4 /dev/mapper/no-link rw
14 1 8:5 / /mnt/first rw - ext4 /dev/root rw
15 1 0:43 /sub /mnt/server rw - nfs4 server:/export rw
16 1 8:6 / /mnt/a\040b\134d rw - ext4 /dev/sda6 rw
`

func mountedRoot(t *testing.T, mountinfo string) (root string) {
	t.Helper()
	root = t.TempDir()
	hosttest.Write(t, root, "proc/stat", "cpu  1 0 0 1 0 0 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\nbtime 1767225600\n")
	hosttest.Write(t, root, "proc/uptime", "100.00 100.00\n")
	hosttest.Write(t, root, "proc/filesystems", "nodev\ttmpfs\nnodev\toverlay\nnodev\tnfs4\nnodev\tautofs\nnodev\tzfs\n\text4\n\tbtrfs\n\txfs\n")
	hosttest.Write(t, root, "proc/1/mountinfo", mountinfo)
	hosttest.Write(t, root, "dev/dm-0", "")
	hosttest.Link(t, root, "dev/mapper/vg-lv", "../dm-0")
	hosttest.Link(t, root, "sys/dev/block/8:5", "../../devices/pci/block/sda/sda5")
	unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\134`, `\`)
	for line := range strings.Lines(mountinfo) {
		require.NoError(t, os.MkdirAll(filepath.Join(root, unescape.Replace(strings.Split(line, " ")[4])), 0o755))
	}
	return root
}

func filesystemConfig(root, options string) string {
	return "root_path: \"" + root + "\"\nscrapers: {filesystem: {" + options + "}}"
}

// TestSameMountsAsContrib compares all series on this host, on a root with mounts that this host does not have, and on the
// captured hosts. The numbers of both are those of live file systems.
func TestSameMountsAsContrib(t *testing.T) {
	for _, where := range append(hosts(t), "mounted") {
		if where != "live" && where != "mounted" && !strings.HasPrefix(where, "captured-") {
			continue // Without mounts.
		}
		t.Run(where, func(t *testing.T) {
			if !alone(t) {
				return
			}
			root := ""
			if where == "mounted" {
				root = mountedRoot(t, manyMounts)
			} else {
				root = rootOf(t, where)
			}
			for _, name := range slices.Sorted(maps.Keys(filesystemConfigs)) {
				t.Run(name, func(t *testing.T) { compareLive(t, filesystemConfig(root, filesystemConfigs[name])) })
			}
		})
	}
}

// TestBindsThatDiffer: host_metrics knows a bind by its source and root, host_probe by what else is mounted.
func TestBindsThatDiffer(t *testing.T) {
	if !alone(t) {
		return
	}
	root := mountedRoot(t, `1 0 253:5 /rootfs / rw - ext4 /dev/mapper/pool-c1 rw
2 1 253:5 /rootfs/srv /srv rw - ext4 /dev/mapper/pool-c1 rw
3 1 0:42 / /tank rw - zfs tank/set rw
4 1 0:42 /dir /dir rw - zfs tank/set rw
5 1 8:2 / /home rw - ext4 /dev/sda2 rw
6 1 8:2 / /export rw - ext4 /dev/sda2 rw
`)
	config := filesystemConfig(root, "metrics: {system.filesystem.usage: {attributes: [device, mountpoint]}, system.filesystem.inodes.usage: {enabled: false}}")
	theirs, ours := secondBatch(t, sidebyside.Contrib, config), secondBatch(t, sidebyside.HostProbe, config)
	for id, where := range map[string]struct{ theirs, ours bool }{
		"device:/dev/mapper/pool-c1 mountpoint:/":    {false, true},
		"device:/dev/mapper/pool-c1 mountpoint:/srv": {false, false},
		"device:tank/set mountpoint:/tank":           {true, true},
		"device:tank/set mountpoint:/dir":            {true, false},
		"device:/dev/sda2 mountpoint:/home":          {true, true},
		"device:/dev/sda2 mountpoint:/export":        {true, false},
	} {
		id = "system.filesystem.usagemap[" + id + "]"
		assert.Equal(t, where.theirs, slices.Contains(slices.Collect(maps.Keys(theirs)), id), "host_metrics has %s", id)
		assert.Equal(t, where.ours, slices.Contains(slices.Collect(maps.Keys(ours)), id), "host_probe has %s", id)
	}
}

// TestMountsThatDiffer has the mounts of which the receivers tell otherwise, as the migration guide says.
func TestMountsThatDiffer(t *testing.T) {
	if !alone(t) {
		return
	}
	root := mountedRoot(t, `1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 8:2 / /covered rw - ext4 /dev/sda2 rw
3 2 8:3 / /covered rw - ext4 /dev/sda3 rw
4 1 0:41 / /net rw - autofs /etc/auto.net rw,fd=6
5 1 0:43 / /empty rw - tmpfs  rw
6 1 8:6 / /quoted" rw - ext4 /dev/sda6 rw
7 1 8:7 / /tab\011bed rw - ext4 /dev/sda7 rw
8 1 8:9 / /spaced rw - ext4 /dev/s\040da9 rw
8 1 0:44 / /exported/a rw - nfs4 server:/a rw
9 1 0:44 / /exported/b rw - nfs4 server:/b rw
`)
	config := filesystemConfig(root, "include_virtual_filesystems: true, metrics: {system.filesystem.usage: "+
		"{attributes: [device, mountpoint]}, system.filesystem.inodes.usage: {enabled: false}}")
	theirs, ours := secondBatch(t, sidebyside.Contrib, config), secondBatch(t, sidebyside.HostProbe, config)
	for id, where := range map[string]struct{ theirs, ours bool }{
		"device:/dev/sda1 mountpoint:/":           {true, true},
		"device:/dev/sda2 mountpoint:/covered":    {true, false}, // With the numbers of what covers it.
		"device:/dev/sda3 mountpoint:/covered":    {true, true},
		"device:/etc/auto.net mountpoint:/net":    {true, false}, // Asking would mount what is behind it.
		"device:rw mountpoint:/empty":             {true, false}, // Of two spaces contrib makes one.
		"mountpoint:/empty":                       {false, true},
		"device:/dev/sda7 mountpoint:/tab\tbed":   {true, false}, // Control characters leave as \xNN.
		`device:/dev/sda7 mountpoint:/tab\x09bed`: {false, true},
		`device:/dev/sda6 mountpoint:/quoted"`:    {true, true},
		`device:/dev/s\040da9 mountpoint:/spaced`: {true, false},
		"device:/dev/s da9 mountpoint:/spaced":    {false, true}, // As mount(8) has it.
		"device:server:/a mountpoint:/exported/a": {true, true},
		"device:server:/a mountpoint:/exported/b": {true, false}, // Of mounts with one number, contrib has the first one's source.
		"device:server:/b mountpoint:/exported/b": {false, true},
	} {
		id = "system.filesystem.usagemap[" + id + "]"
		assert.Equal(t, where.theirs, slices.Contains(slices.Collect(maps.Keys(theirs)), id), "host_metrics has %s", id)
		assert.Equal(t, where.ours, slices.Contains(slices.Collect(maps.Keys(ours)), id), "host_probe has %s", id)
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

const filesystemTypes = "nodev\ttmpfs\nnodev\toverlay\nnodev\tautofs\n\text4\n\tbtrfs\n\txfs\n"

// listed returns the mounts that a list below root makes of mountinfo, as "device mountpoint type mode".
func listed(t *testing.T, root string, o Options, mountinfo string) (mounts []string) {
	t.Helper()
	l := updated(t, source.Options{Root: root}, o, mountinfo, false)
	for _, m := range l.mounts {
		s := &m.listed
		mounts = append(mounts, strings.Join([]string{s.Device, s.MountPoint, s.Type, s.Mode}, " "))
	}
	return mounts
}

// updated returns the list that a host has made of mountinfo.
func updated(t *testing.T, host source.Options, o Options, mountinfo string, self bool) *mountList {
	t.Helper()
	var info procfs.Mountinfo
	var types procfs.Filesystems
	require.NoError(t, info.Parse([]byte(mountinfo)))
	require.NoError(t, types.Parse([]byte(filesystemTypes)))
	l := newMountList(sourcetest.Open(t, host), &o)
	l.update(&info, &types, self)
	return l
}

const manyMounts = `1 0 8:1 / / rw,relatime - ext4 /dev/sda1 rw
2 1 0:20 / /run rw - tmpfs tmpfs rw
3 1 8:2 / /home ro - ext4 /dev/sda2 rw
4 1 8:2 /user /mnt/bind rw - ext4 /dev/sda2 rw
5 1 8:3 / /broken rw - xfs /dev/sda3 ro
6 1 0:30 /@data /data rw - btrfs /dev/sdb rw,subvolid=5,subvol=/@data
7 1 0:30 /@data/dir /data2 rw - btrfs /dev/sdb rw,subvolid=5,subvol=/@data
8 1 0:40 / /merged rw - overlay overlay rw,lowerdir=/a
9 1 0:41 / /net rw - autofs /etc/auto.net rw,fd=6
10 1 0:42 / /tank rw - zfs tank/set rw
11 2 0:4 net:[4026532000] /run/netns/x rw - nsfs nsfs rw
12 1 0:43 / /empty rw - tmpfs  rw
13 1 8:4 / /neither nosuid - ext4 /dev/sda4 errors=continue
14 1 253:0 / /lvm rw - ext4 /dev/mapper/vg-lv rw
15 1 253:9 / /lost rw - ext4 /dev/mapper/no-link rw
16 1 8:5 / /first rw - ext4 /dev/root rw
`

// mappedDevices returns a root with what the devices of manyMounts are resolved by.
func mappedDevices(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	hosttest.Write(t, root, "dev/dm-0", "")
	hosttest.Link(t, root, "dev/mapper/vg-lv", "../dm-0")
	hosttest.Link(t, root, "sys/dev/block/8:5", "../../devices/pci/block/sda/sda5")
	return root
}

func TestMounts(t *testing.T) {
	t.Parallel()
	root := mappedDevices(t)
	assert.Equal(t, []string{
		"/dev/sda1 / ext4 rw",
		"/dev/sda2 /home ext4 ro",
		"/dev/sda3 /broken xfs ro",
		"/dev/sdb /data btrfs rw",
		"tank/set /tank zfs rw",
		"/dev/sda4 /neither ext4 unknown",
		root + "/dev/dm-0 /lvm ext4 rw",
		"/dev/mapper/no-link /lost ext4 rw",
		"/dev/sda5 /first ext4 rw",
	}, listed(t, root, Options{}, manyMounts))

	all := listed(t, root, Options{Virtual: true}, manyMounts)
	assert.Len(t, all, 15, "all but autofs: %s", all)
	assert.Contains(t, all, "tmpfs /run tmpfs rw")
	assert.Contains(t, all, "/dev/sda2 /mnt/bind ext4 rw")
	assert.Contains(t, all, "/dev/sdb /data2 btrfs rw")
	assert.Contains(t, all, "overlay /merged overlay rw")
	assert.Contains(t, all, "net:[4026532000] /run/netns/x nsfs rw")
	assert.Contains(t, all, " /empty tmpfs rw", "a mount without a source has no device")
}

func TestMountFilter(t *testing.T) {
	t.Parallel()
	var calls []string
	o := Options{Keep: func(device, fsType, mountPoint string) bool {
		calls = append(calls, device+" "+fsType+" "+mountPoint)
		return fsType == "xfs"
	}}
	assert.Equal(t, []string{"/dev/sda3 /broken xfs ro"}, listed(t, mappedDevices(t), o, manyMounts))
	assert.Len(t, calls, 9)
	assert.Contains(t, calls, "/dev/sda2 ext4 /home")
}

// TestHiddenMounts: only the mount that a path leads to is listed, because statfs reports that one.
func TestHiddenMounts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ mountinfo, want string }{
		"over another":                 {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m rw - ext4 b rw\n3 2 8:3 / /m rw - xfs c rw\n", "a /,c /m"},
		"over the root":                {"1 1 8:1 / / rw - ext4 a rw\n2 1 8:2 / / rw - ext4 b rw\n", "b /"},
		"over a directory above":       {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m/n rw - ext4 b rw\n3 1 8:3 / /m rw - ext4 c rw\n", "a /,c /m"},
		"and the mounts below those":   {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m/n rw - ext4 b rw\n3 1 8:3 / /m rw - ext4 c rw\n4 2 8:4 / /m/n/o rw - ext4 d rw\n", "a /,c /m"},
		"below a covered mount":        {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m rw - ext4 b rw\n4 2 8:4 / /m/o rw - ext4 d rw\n3 2 8:3 / /m rw - ext4 c rw\n", "a /,c /m"},
		"below a covering mount":       {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m rw - ext4 b rw\n3 2 8:3 / /m rw - ext4 c rw\n4 3 8:4 / /m/o rw - ext4 d rw\n", "a /,c /m,d /m/o"},
		"a longer name is no parent":   {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /mm/n rw - ext4 b rw\n3 1 8:3 / /m rw - ext4 c rw\n", "a /,b /mm/n,c /m"},
		"over autofs":                  {"1 0 8:1 / / rw - ext4 a rw\n2 1 0:9 / /m rw - autofs x rw\n3 2 8:3 / /m rw - ext4 c rw\n", "a /,c /m"},
		"unlisted parents":             {"5 99 8:1 / / rw - ext4 a rw\n6 98 8:2 / /m rw - ext4 b rw\n", "a /,b /m"},
		"cycle of parents":             {"1 2 8:1 / /a rw - ext4 a rw\n2 1 8:2 / /b rw - ext4 b rw\n", "a /a,b /b"},
		"covered by an unlisted mount": {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m rw - ext4 b rw\n3 2 0:3 / /m rw - tmpfs c rw\n", "a /"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, m := range listed(t, "", Options{}, tt.mountinfo) {
				got = append(got, strings.Join(strings.Fields(m)[:2], " "))
			}
			assert.Equal(t, strings.Split(tt.want, ","), got)
		})
	}
}

// TestUnprintableNames: names in the snapshot are printable and truncated; statfs is called with the path byte for byte.
func TestUnprintableNames(t *testing.T) {
	t.Parallel()
	l := updated(t, source.Options{MaxLength: 12}, Options{}, "1 0 8:1 / / rw - ext4 /dev/a\\040b rw\n2 1 8:2 / /a\\011\\012\xff rw - ext4 /dev/b rw\n"+
		"3 1 8:1 / /long-long-name-1 rw - ext4 /dev/b rw\n4 1 8:1 / /long-long-name-2 rw - ext4 /dev/b rw\n", false)
	require.Len(t, l.mounts, 3, "two would be the same series")
	assert.Equal(t, "/dev/a b", l.mounts[0].listed.Device, "as mount(8) has it")
	assert.Equal(t, `/a\x09\x0a\x`[:12], l.mounts[1].listed.MountPoint)
	assert.Equal(t, pseudofs.NewMountPoint([]byte("/a\t\n\xff")), l.mounts[1].at)
	assert.Equal(t, "/long-long-n", l.mounts[2].listed.MountPoint)
}

// TestOwnMountsBelowARoot: the collector's own mountinfo has the root before the host's paths.
func TestOwnMountsBelowARoot(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	text := fmt.Sprintf("1 0 8:1 / %s rw - ext4 a rw\n2 1 8:2 / %[1]s/boot rw - ext4 b rw\n3 0 8:3 / %[1]sx rw - ext4 c rw\n", root)
	l := updated(t, source.Options{Root: root}, Options{}, text, true)
	require.Len(t, l.mounts, 3)
	for i, want := range []string{"", "/boot", root + "x"} {
		assert.Equal(t, pseudofs.NewMountPoint([]byte(want)), l.mounts[i].at)
	}
	assert.Equal(t, root+"/boot", l.mounts[1].listed.MountPoint, "as host_metrics has it")
}

// TestListKeepsMounts: a mount that is still listed keeps its state; another one with its ID does not.
func TestListKeepsMounts(t *testing.T) {
	t.Parallel()
	l := updated(t, source.Options{}, Options{}, "1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m rw - ext4 b rw\n", false)
	root, old := l.mounts[0], l.mounts[1]
	var info procfs.Mountinfo
	var types procfs.Filesystems
	require.NoError(t, types.Parse([]byte(filesystemTypes)))
	require.NoError(t, info.Parse([]byte("1 0 8:1 / / ro - ext4 a rw\n2 1 8:3 / /m rw - ext4 c rw\n")))
	l.update(&info, &types, false)
	assert.Same(t, root, l.mounts[0])
	assert.Equal(t, "ro", root.listed.Mode)
	assert.NotSame(t, old, l.mounts[1])
	assert.Equal(t, snapshot.Mount{Device: "c", MountPoint: "/m", Type: "ext4", Mode: "rw", Options: "rw"}, l.mounts[1].listed)
}

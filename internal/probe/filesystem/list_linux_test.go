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
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

const filesystemTypes = "nodev\ttmpfs\nnodev\toverlay\nnodev\tautofs\n\text4\n\tbtrfs\n\txfs\n"

// listed are the mounts that a list makes of mountinfo below root, as "device mountpoint type mode".
func listed(t *testing.T, o Options, mountinfo string) (mounts []string) {
	t.Helper()
	l := updated(t, o, mountinfo, false)
	for _, m := range l.mounts {
		s := &m.listed
		mounts = append(mounts, strings.Join([]string{s.Device, s.MountPoint, s.Type, s.Mode}, " "))
	}
	return mounts
}

func updated(t *testing.T, o Options, mountinfo string, self bool) *mountList {
	t.Helper()
	fs, err := pseudofs.OpenFS(o.Root)
	require.NoError(t, err)
	t.Cleanup(func() { fs.Close() })
	var info procfs.Mountinfo
	var types procfs.Filesystems
	require.NoError(t, info.Parse([]byte(mountinfo)))
	require.NoError(t, types.Parse([]byte(filesystemTypes)))
	l := newMountList(
		&source.Host{FS: fs, Root: o.Root, MaxLength: o.maxLength()}, &Options{Keep: o.MountFilter, Virtual: o.VirtualFilesystems},
	)
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

func mappedDevices(t *testing.T) (root string) {
	root = t.TempDir()
	hosttest.Write(t, root, "dev/dm-0", "")
	hosttest.Link(t, root, "dev/mapper/vg-lv", "../dm-0")
	hosttest.Link(t, root, "sys/dev/block/8:5", "../../devices/pci/block/sda/sda5")
	return root
}

func TestMounts(t *testing.T) {
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
	}, listed(t, Options{Root: root}, manyMounts))

	all := listed(t, Options{Root: root, VirtualFilesystems: true}, manyMounts)
	assert.Len(t, all, 15, "all but autofs: %s", all)
	assert.Contains(t, all, "tmpfs /run tmpfs rw")
	assert.Contains(t, all, "/dev/sda2 /mnt/bind ext4 rw")
	assert.Contains(t, all, "/dev/sdb /data2 btrfs rw")
	assert.Contains(t, all, "overlay /merged overlay rw")
	assert.Contains(t, all, "net:[4026532000] /run/netns/x nsfs rw")
	assert.Contains(t, all, " /empty tmpfs rw", "a mount without a source has no device")
}

func TestMountFilter(t *testing.T) {
	var asked []string
	o := Options{Root: mappedDevices(t), MountFilter: func(device, fsType, mountPoint string) bool {
		asked = append(asked, device+" "+fsType+" "+mountPoint)
		return fsType == "xfs"
	}}
	assert.Equal(t, []string{"/dev/sda3 /broken xfs ro"}, listed(t, o, manyMounts))
	assert.Len(t, asked, 9)
	assert.Contains(t, asked, "/dev/sda2 ext4 /home")
}

// TestHiddenMounts: only the mount that a path leads to is told, for the numbers of a path are those of that mount.
func TestHiddenMounts(t *testing.T) {
	for name, tt := range map[string]struct{ mountinfo, want string }{
		"over another":                   {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m rw - ext4 b rw\n3 2 8:3 / /m rw - xfs c rw\n", "a /,c /m"},
		"over the root":                  {"1 1 8:1 / / rw - ext4 a rw\n2 1 8:2 / / rw - ext4 b rw\n", "b /"},
		"over a directory above":         {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m/n rw - ext4 b rw\n3 1 8:3 / /m rw - ext4 c rw\n", "a /,c /m"},
		"and what is below those":        {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m/n rw - ext4 b rw\n3 1 8:3 / /m rw - ext4 c rw\n4 2 8:4 / /m/n/o rw - ext4 d rw\n", "a /,c /m"},
		"below one that is covered":      {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m rw - ext4 b rw\n4 2 8:4 / /m/o rw - ext4 d rw\n3 2 8:3 / /m rw - ext4 c rw\n", "a /,c /m"},
		"below the one that covers":      {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m rw - ext4 b rw\n3 2 8:3 / /m rw - ext4 c rw\n4 3 8:4 / /m/o rw - ext4 d rw\n", "a /,c /m,d /m/o"},
		"a longer name is no parent":     {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /mm/n rw - ext4 b rw\n3 1 8:3 / /m rw - ext4 c rw\n", "a /,b /mm/n,c /m"},
		"over autofs":                    {"1 0 8:1 / / rw - ext4 a rw\n2 1 0:9 / /m rw - autofs x rw\n3 2 8:3 / /m rw - ext4 c rw\n", "a /,c /m"},
		"parents that are not listed":    {"5 99 8:1 / / rw - ext4 a rw\n6 98 8:2 / /m rw - ext4 b rw\n", "a /,b /m"},
		"parents in a circle":            {"1 2 8:1 / /a rw - ext4 a rw\n2 1 8:2 / /b rw - ext4 b rw\n", "a /a,b /b"},
		"covered by what is not told of": {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m rw - ext4 b rw\n3 2 0:3 / /m rw - tmpfs c rw\n", "a /"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, m := range listed(t, Options{}, tt.mountinfo) {
				got = append(got, strings.Join(strings.Fields(m)[:2], " "))
			}
			assert.Equal(t, strings.Split(tt.want, ","), got)
		})
	}
}

// TestNamesThatBreak: what leaves is printable, and what is asked is the path byte for byte.
func TestNamesThatBreak(t *testing.T) {
	l := updated(t, Options{MaxLength: 12}, "1 0 8:1 / / rw - ext4 /dev/a\\040b rw\n2 1 8:2 / /a\\011\\012\xff rw - ext4 /dev/b rw\n"+
		"3 1 8:1 / /long-long-name-1 rw - ext4 /dev/b rw\n4 1 8:1 / /long-long-name-2 rw - ext4 /dev/b rw\n", false)
	require.Len(t, l.mounts, 3, "two would be the same series")
	assert.Equal(t, "/dev/a b", l.mounts[0].listed.Device, "as mount(8) has it")
	assert.Equal(t, `/a\x09\x0a\x`[:12], l.mounts[1].listed.MountPoint)
	assert.Equal(t, pseudofs.NewMountPoint([]byte("/a\t\n\xff")), l.mounts[1].at)
	assert.Equal(t, "/long-long-n", l.mounts[2].listed.MountPoint)
}

// TestOwnMountsBelowARoot: our own list has the root before the host's paths.
func TestOwnMountsBelowARoot(t *testing.T) {
	root := t.TempDir()
	text := fmt.Sprintf("1 0 8:1 / %s rw - ext4 a rw\n2 1 8:2 / %[1]s/boot rw - ext4 b rw\n3 0 8:3 / %[1]sx rw - ext4 c rw\n", root)
	l := updated(t, Options{Root: root}, text, true)
	require.Len(t, l.mounts, 3)
	for i, want := range []string{"", "/boot", root + "x"} {
		assert.Equal(t, pseudofs.NewMountPoint([]byte(want)), l.mounts[i].at)
	}
	assert.Equal(t, root+"/boot", l.mounts[1].listed.MountPoint, "as host_metrics has it")
}

// TestListKeepsMounts: a mount that is listed still keeps what is known of it; one of another identity does not.
func TestListKeepsMounts(t *testing.T) {
	l := updated(t, Options{}, "1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /m rw - ext4 b rw\n", false)
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

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
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

// TestExportsOfOneServer: mounts that share a device number keep their own sources, in names and in the filter. The NFS client
// has one filesystem for all exports that are on one filesystem of the server.
func TestExportsOfOneServer(t *testing.T) {
	t.Parallel()
	const mountinfo = `22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:52 / /mnt/a rw,relatime - nfs4 nas.example:/export/a rw,vers=4.2
31 22 0:52 / /mnt/b rw,relatime - nfs4 nas.example:/export/b rw,vers=4.2
32 22 0:22 / /proc rw,relatime - proc proc rw
33 32 0:22 /sys /proc/sys ro,relatime - proc proc rw
34 22 0:22 / /chroot/proc rw,relatime - proc none rw
35 22 0:53 / /tank rw - zfs tank/set rw
36 22 0:53 /dir /srv/dir rw - zfs tank/set rw
37 22 0:54 /rootfs /lxc rw - zfs tank/lxc rw
38 22 0:55 /sub /server rw - fuse.sshfs server:/export rw
`
	o := Options{Virtual: true}
	assert.Equal(t, []string{
		"/dev/sda1 / ext4 rw",
		"nas.example:/export/a /mnt/a nfs4 rw",
		"nas.example:/export/b /mnt/b nfs4 rw",
		"proc /proc proc rw",
		"proc /proc/sys proc ro",
		"none /chroot/proc proc rw",
		"tank/set /tank zfs rw",
		"tank/set /srv/dir zfs rw",
		"tank/lxc /lxc zfs rw",
		"/sub /server fuse.sshfs rw",
	}, listed(t, "", o, mountinfo))
	o.Keep = func(device, _, _ string) bool { return device == "nas.example:/export/b" }
	assert.Equal(t, []string{"nas.example:/export/b /mnt/b nfs4 rw"}, listed(t, "", o, mountinfo))
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

// TestBindMounts: a mount is a bind mount only if another shows the same directory of its filesystem or one above it.
func TestBindMounts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ mountinfo, want string }{
		"LXC: the root is a directory": {"1140 748 253:5 /rootfs / rw master:161 - ext4 pool rw\n1141 1140 0:84 / /dev rw - tmpfs none rw\n" +
			"1150 1140 253:9 /maria /home/maria rw - ext4 home rw\n1151 1140 253:5 /rootfs/srv/a /srv/b rw - ext4 pool rw\n", "pool /,home /home/maria"},
		"LXC on ZFS":              {"1 0 0:50 /rootfs / rw - zfs tank/c1 rw\n2 1 0:50 /rootfs/srv /srv/b rw - zfs tank/c1 rw\n", "tank/c1 /"},
		"DSM: no subvol= option":  {"1 0 9:0 / / rw - ext4 a rw\n2 1 0:33 /@syno /volume1 rw - btrfs /dev/md2 rw,synoacl\n3 1 0:33 /@syno/x /x rw - btrfs /dev/md2 rw,synoacl\n", "a /,/dev/md2 /volume1"},
		"two siblings":            {"1 0 8:1 /a / rw - ext4 a rw\n2 1 8:1 /b /b rw - ext4 a rw\n3 1 8:1 /a/b /c rw - ext4 a rw\n4 1 8:1 /ab /d rw - ext4 a rw\n", "a /,a /b,a /d"},
		"the one above is later":  {"1 0 8:1 /a/b / rw - ext4 a rw\n2 1 8:1 /a/b/c /c rw - ext4 a rw\n3 1 8:1 /a /d rw - ext4 a rw\n", "a /d"},
		"ostree":                  {"1 0 8:1 /ostree/deploy/os/0 / ro - xfs a rw\n2 1 8:1 / /sysroot ro - xfs a rw\n3 1 8:1 /ostree/deploy/os/var /var rw - xfs a rw\n", "a /sysroot"},
		"the same directory":      {"1 0 8:1 /a / rw - ext4 a rw\n2 1 8:1 /a /b rw - ext4 a rw\n", "a /"},
		"the same root":           {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:1 / /b rw - ext4 a rw\n", "a /"},
		"ZFS":                     {"1 0 8:1 / / rw - ext4 a rw\n2 1 0:42 / /tank rw - zfs tank rw\n3 1 0:42 / /srv/tank rw - zfs tank rw\n4 1 0:42 /dir /srv/dir rw - zfs tank rw\n5 2 0:43 / /tank/set rw - zfs tank/set rw\n", "a /,tank /tank,tank/set /tank/set"},
		"another device":          {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 /dir /b rw - ext4 b rw\n3 1 259:1 /dir /c rw - ext4 c rw\n", "a /,b /b,c /c"},
		"subvolumes of btrfs":     {"1 0 0:30 /@ / rw - btrfs /dev/a rw,subvol=/@\n2 1 0:30 / /top rw - btrfs /dev/a rw,subvol=/\n3 1 0:30 /@/home /home rw - btrfs /dev/a rw,subvol=/@/home\n4 1 0:30 /@/dir /dir rw - btrfs /dev/a rw,subvol=/@\n", "/dev/a /,/dev/a /top,/dev/a /home"},
		"what it binds is hidden": {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /b rw - ext4 b rw\n3 2 8:3 / /b rw - ext4 c rw\n4 1 8:2 /dir /c rw - ext4 b rw\n", "a /,c /b,b /c"},
		"over what it binds":      {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /b rw - ext4 b rw\n3 2 8:2 / /b rw - ext4 b rw\n", "a /,b /b"},
		"removed directory":       {"1 0 8:1 / / rw - ext4 a rw\n2 1 8:1 /x//deleted /b rw - ext4 a rw\n", "a /"},
		"escaped":                 {"1 0 8:1 /a\\040b / rw - ext4 a rw\n2 1 8:1 /a\\040b/c /c rw - ext4 a rw\n3 1 8:1 /a /d rw - ext4 a rw\n", "a /,a /d"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, m := range listed(t, "", Options{}, tt.mountinfo) {
				got = append(got, strings.Join(strings.Fields(m)[:2], " "))
			}
			assert.Equal(t, strings.Split(tt.want, ","), got)
			all := listed(t, "", Options{Virtual: true}, tt.mountinfo)
			assert.GreaterOrEqual(t, len(all), len(got))
		})
	}
	// Of two that show the same, the first is listed that the filter keeps.
	csi := "1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /globalmount rw - ext4 b rw\n3 1 8:2 / /pod rw - ext4 b rw\n4 1 8:2 /dir /dir rw - ext4 b rw\n"
	o := Options{Keep: func(_, _, mountPoint string) bool { return mountPoint != "/globalmount" }}
	assert.Equal(t, []string{"a / ext4 rw", "b /pod ext4 rw"}, listed(t, "", o, csi))
	o.Virtual, o.Keep = true, nil
	assert.Len(t, listed(t, "", o, csi), 4, "with virtual filesystems, bind mounts are listed too")
}

// TestBindOfOwnMounts: bind mounts are those of the host's mounts, whatever the collector's own show.
func TestBindOfOwnMounts(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	l := updated(t, source.Options{Root: root}, Options{}, "1 0 0:90 / / rw - overlay overlay rw\n2 1 8:1 /host "+root+" ro - ext4 a rw\n"+
		"3 1 8:1 / /data rw - ext4 a rw\n4 2 8:1 /host/x "+root+"/x ro - ext4 a rw\n", true)
	require.Len(t, l.mounts, 1)
	assert.Equal(t, "/", l.mounts[0].listed.MountPoint)
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
		"3 1 8:3 / /long-long-name-1 rw - ext4 /dev/b rw\n4 1 8:4 / /long-long-name-2 rw - ext4 /dev/b rw\n", false)
	require.Len(t, l.mounts, 3, "two would be the same series")
	assert.Equal(t, "/dev/a b", l.mounts[0].listed.Device, "as mount(8) has it")
	assert.Equal(t, `/a\x09\x0a\x`[:12], l.mounts[1].listed.MountPoint)
	assert.Equal(t, pseudofs.NewMountPoint([]byte("/a\t\n\xff")), l.mounts[1].at)
	assert.Equal(t, "/long-long-n", l.mounts[2].listed.MountPoint)
}

// TestOwnMountsBelowARoot: the collector's own mountinfo has the root before the host's paths, which names and the filter do
// not have, and mounts that are not the host's.
func TestOwnMountsBelowARoot(t *testing.T) {
	t.Parallel()
	root, links := t.TempDir(), t.TempDir()
	hosttest.Link(t, links, "root", root)
	text := strings.ReplaceAll(`500 400 0:90 / / rw - overlay overlay rw
501 500 8:3 / ROOT ro - ext4 /dev/sda3 rw
502 501 8:1 / ROOT/boot/efi ro - ext4 /dev/sda1 rw
503 501 8:5 / ROOT/home ro - xfs /dev/sda5 rw
504 500 8:3 /var/lib/kubelet/pods/aaaa/conf /conf ro - ext4 /dev/sda3 rw
505 500 8:6 / ROOTx rw - ext4 /dev/sda6 rw
506 500 8:16 / /data rw - ext4 /dev/sdb rw
507 501 8:7 / ROOTROOT rw - ext4 /dev/sda7 rw
`, "ROOT", root)
	for _, path := range []string{root, root + "/", links + "/root"} {
		host, o := source.Options{Root: path}, Options{}
		l := updated(t, host, o, text, true)
		var got []string
		for _, m := range l.mounts {
			got = append(got, m.listed.Device+" "+m.listed.MountPoint)
			assert.Equal(t, pseudofs.NewMountPoint([]byte(m.listed.MountPoint)), m.at)
			assert.Equal(t, "mount "+m.listed.MountPoint, m.source)
		}
		assert.Equal(t, []string{"/dev/sda3 /", "/dev/sda1 /boot/efi", "/dev/sda5 /home", "/dev/sda7 " + root}, got)
		var asked []string
		o.Keep = func(_, _, mountPoint string) bool {
			asked = append(asked, mountPoint)
			return mountPoint != "/boot/efi"
		}
		assert.Len(t, updated(t, host, o, text, true).mounts, 3)
		assert.Equal(t, []string{"/", "/boot/efi", "/home", root}, asked)
		o.Virtual = true
		assert.Len(t, updated(t, host, o, text, true).mounts, 3, "neither our overlay nor what is bound for us")
	}
	assert.Len(t, updated(t, source.Options{}, Options{}, text, true).mounts, 6, "without a root, our own mounts are all there is")
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

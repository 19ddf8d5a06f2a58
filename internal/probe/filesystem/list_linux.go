// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"bytes"
	"errors"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// maxMountNames bounds the interned strings of mounts. Linux allows 100,000 mounts in a mount namespace (fs.mount-max).
const maxMountNames = 1 << 17

// mountList has the mounts of mountinfo that Options selects. It is updated only when mountinfo has changed.
type mountList struct {
	host         *source.Host
	options      *Options
	names        *intern.Strings
	resolvedRoot string // Without symbolic links, as host_metrics prefixes it to the names of mapped devices.
	ownRoot      []byte // As the collector's own mountinfo has the root: absolute, and empty for the collector's own root.
	mounts       []*mount
	tree         mountTree
	devices      map[[2]uint32]struct{}      // By major:minor, those of the mounts so far.
	taken        map[snapshot.Mount]struct{} // The mounts listed so far, without their options.
	// reachable has the roots of all mounts that paths lead to, shown those of the mounts that are listed.
	reachable, shown mountRoots
}

func newMountList(h *source.Host, o *Options) *mountList {
	l := &mountList{host: h, options: o, names: intern.New(maxMountNames, h.MaxLength), resolvedRoot: h.Root}
	if root, err := filepath.EvalSymlinks(h.Root); err == nil && h.Root != "" {
		l.resolvedRoot = root
	}
	if root, err := filepath.Abs(l.resolvedRoot); err == nil && h.Root != "" && root != "/" {
		l.ownRoot = []byte(root)
	}
	return l
}

// update makes the list from mountinfo and /proc/filesystems. A mount that is still listed keeps its state. self says that
// info is the collector's own, also if the host is below a root.
func (l *mountList) update(info *procfs.Mountinfo, types *procfs.Filesystems, self bool) {
	before := make(map[mountKey]*mount, len(l.mounts))
	for _, m := range l.mounts {
		before[m.mountKey] = m
	}
	l.mounts = nil // To free unlisted mounts. The pool keeps those with a pending call.
	l.devices, l.taken = map[[2]uint32]struct{}{}, map[snapshot.Mount]struct{}{}
	l.tree.build(info.Mounts)
	l.reachable, l.shown = mountRoots{}, mountRoots{}
	for i := range info.Mounts {
		if _, ok := l.onHost(info.Mounts[i].MountPoint, self); ok && l.tree.visible(i) {
			l.reachable.add(&info.Mounts[i])
		}
	}
	for i := range info.Mounts {
		k := &info.Mounts[i]
		mountPoint, ok := l.onHost(k.MountPoint, self)
		if !ok {
			continue
		}
		listed, ok := l.list(k, mountPoint, types)
		if !ok || !l.tree.visible(i) {
			continue
		}
		if f := l.options.Keep; f != nil && !f(listed.Device, listed.Type, listed.MountPoint) {
			continue
		}
		if !l.shown.add(k) && !l.options.Virtual {
			continue // It shows what a mount before it shows.
		}
		identity := listed
		identity.Options = ""
		if _, duplicate := l.taken[identity]; duplicate { // Two long paths were truncated to the same text.
			continue
		}
		l.taken[identity] = struct{}{}
		key := mountKey{k.ID, k.Major, k.Minor, string(k.MountPoint)}
		m := before[key]
		if m == nil {
			m = &mount{mountKey: key, at: pseudofs.NewMountPoint(mountPoint)}
		}
		m.listed, m.known, m.source = listed, false, "mount "+listed.MountPoint
		m.local = types.NeedsDevice(k.Type) && !bytes.HasPrefix(k.Type, []byte("fuse"))
		// Each of their subvolumes has a device number of its own.
		m.anyDev = string(k.Type) == "btrfs" || string(k.Type) == "bcachefs"
		m.bound = !l.options.Virtual && string(k.Root) != "/"
		l.mounts = append(l.mounts, m)
	}
	l.names.Sweep()
}

// list returns a mount as the snapshot has it, without its usage; mountPoint is its path on the host. ok is false if it is not
// listed: without virtual filesystems, only types that need a block device, and zfs, but no bind mounts. A mount of a
// directory is a bind mount if another mount shows a directory above it; one that no other mount shows, as the root of a
// container in a volume, stands for the filesystem. autofs is never listed: statfs would mount what it stands for.
func (l *mountList) list(k *procfs.Mount, mountPoint []byte, types *procfs.Filesystems) (m snapshot.Mount, ok bool) {
	all := l.options.Virtual
	virtual := !types.NeedsDevice(k.Type) && string(k.Type) != "zfs"
	if !all && virtual {
		return m, false
	}
	onPath := bytes.HasPrefix(k.Source, []byte{'/'})
	number := [2]uint32{k.Major, k.Minor}
	_, known := l.devices[number]
	l.devices[number] = struct{}{}
	device := k.Source
	if virtual && !onPath && string(k.Root) != "/" && !known {
		device = k.Root // As host_metrics has it. Of namespaces the source is only nsfs.
	}
	name := l.names.String(device)
	if string(k.Type) == "autofs" || !all && !isSubvolume(k) && l.reachable.showAbove(k) {
		return m, false
	}
	return snapshot.Mount{
		Device:     l.deviceName(name, k),
		MountPoint: l.names.String(mountPoint),
		Type:       l.names.String(k.Type),
		Mode:       mountMode(k),
		Options:    l.names.String(k.Options),
	}, true
}

// isSubvolume reports whether the root of a mount is a btrfs subvolume, and not a bind-mounted directory.
func isSubvolume(k *procfs.Mount) bool {
	for option := range bytes.SplitSeq(k.SuperOptions, []byte{','}) {
		if subvolume, ok := bytes.CutPrefix(option, []byte("subvol=")); ok {
			return bytes.Equal(subvolume, k.Root)
		}
	}
	return false
}

// mountMode returns "rw" if both the mount and its filesystem are writable, "ro" if one is not, else "unknown".
func mountMode(k *procfs.Mount) string {
	switch {
	case procfs.HasOption(k.Options, "ro"), procfs.HasOption(k.SuperOptions, "ro"):
		return "ro"
	case procfs.HasOption(k.Options, "rw"):
		return "rw"
	}
	return "unknown"
}

// deviceName returns the name that host_metrics gives a device. /dev/mapper/NAME is resolved to the kernel's name, prefixed
// with the root, and /dev/root to the device with its number. Both keep their name if that fails.
func (l *mountList) deviceName(name string, k *procfs.Mount) string {
	if strings.HasPrefix(name, "/dev/mapper/") {
		if target, ok := l.finalTarget(name); ok {
			return l.names.String([]byte(path.Join(l.resolvedRoot, target)))
		}
	}
	if name == "/dev/root" {
		number := strconv.FormatUint(uint64(k.Major), 10) + ":" + strconv.FormatUint(uint64(k.Minor), 10)
		if target, err := l.host.FS.Readlink("sys/dev/block/" + number); err == nil {
			return l.names.String([]byte("/dev/" + path.Base(target)))
		}
	}
	return name
}

// finalTarget resolves the symbolic links at a path below the root. ok is false if one is dangling, or there are too many.
func (l *mountList) finalTarget(name string) (target string, ok bool) {
	const maxLinks = 40
	for range maxLinks {
		link, err := l.host.FS.Readlink(name)
		switch {
		case errors.Is(err, unix.EINVAL):
			return name, true
		case err != nil:
			return "", false
		case path.IsAbs(link):
			name = path.Clean(link)
		default:
			name = path.Join(path.Dir(name), link)
		}
	}
	return "", false
}

// onHost returns the path of a mount point on the host. Of the collector's own mountinfo (self), only the mounts at the root and
// below it are the host's; ok is false for the others.
func (l *mountList) onHost(mountPoint []byte, self bool) (path []byte, ok bool) {
	if !self || len(l.ownRoot) == 0 {
		return mountPoint, true
	}
	path, ok = bytes.CutPrefix(mountPoint, l.ownRoot)
	switch {
	case !ok || len(path) > 0 && path[0] != '/':
		return nil, false
	case len(path) == 0:
		return []byte{'/'}, true
	}
	return path, true
}

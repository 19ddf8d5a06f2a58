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

// maxMountNames bounds the strings kept of mounts; Linux allows a mount namespace 100,000 mounts (fs.mount-max).
const maxMountNames = 1 << 17

// mountList makes the mounts that are asked for out of mountinfo. It works only when mountinfo has changed.
type mountList struct {
	host         *source.Host
	options      *Options
	names        *intern.Strings
	resolvedRoot string // Without links, as host_metrics puts it before the names of mapped devices.
	mounts       []*mount
	tree         mountTree
	// devices are the devices by major:minor, named by the first mount that has it.
	devices map[[2]uint32]string
	taken   map[snapshot.Mount]struct{}
}

func newMountList(h *source.Host, o *Options) *mountList {
	l := &mountList{host: h, options: o, names: intern.New(maxMountNames, h.MaxLength), resolvedRoot: h.Root}
	if root, err := filepath.EvalSymlinks(h.Root); err == nil && h.Root != "" {
		l.resolvedRoot = root
	}
	return l
}

// update makes the list again. What it has of a mount that is listed still, it keeps. self says that the mounts are as
// this process sees them, also below a root.
func (l *mountList) update(info *procfs.Mountinfo, types *procfs.Filesystems, self bool) {
	before := make(map[mountKey]*mount, len(l.mounts))
	for _, m := range l.mounts {
		before[m.mountKey] = m
	}
	l.mounts = nil // The calls of a round may still have them.
	l.devices, l.taken = map[[2]uint32]string{}, map[snapshot.Mount]struct{}{}
	l.tree.build(info.Mounts)
	for i := range info.Mounts {
		k := &info.Mounts[i]
		listed, ok := l.list(k, types)
		if !ok || !l.tree.visible(i) {
			continue
		}
		if f := l.options.Keep; f != nil && !f(listed.Device, listed.Type, listed.MountPoint) {
			continue
		}
		identity := listed
		identity.Options = ""
		if _, double := l.taken[identity]; double { // Long paths were cut to the same.
			continue
		}
		l.taken[identity] = struct{}{}
		key := mountKey{k.ID, k.Major, k.Minor, string(k.MountPoint)}
		m := before[key]
		if m == nil {
			m = &mount{mountKey: key, at: pseudofs.NewMountPoint(l.below(k.MountPoint, self))}
		}
		m.listed, m.known, m.source = listed, false, "mount "+listed.MountPoint
		m.local = types.NeedsDevice(k.Type) && !bytes.HasPrefix(k.Type, []byte("fuse"))
		// Each subvolume of these has a device of its own.
		m.anyDev = string(k.Type) == "btrfs" || string(k.Type) == "bcachefs"
		l.mounts = append(l.mounts, m)
	}
	l.names.Sweep()
}

// list says what is told of a mount, and whether it is, by host_metrics' rules: without virtual file systems, only types that
// need a block device, and zfs, and no bind mounts. autofs is never asked: that would mount what is behind it.
func (l *mountList) list(k *procfs.Mount, types *procfs.Filesystems) (m snapshot.Mount, ok bool) {
	all := l.options.Virtual
	if !all && !types.NeedsDevice(k.Type) && string(k.Type) != "zfs" {
		return m, false
	}
	onPath := bytes.HasPrefix(k.Source, []byte{'/'})
	device := k.Root
	if onPath || string(k.Root) == "/" {
		device = k.Source
	}
	number := [2]uint32{k.Major, k.Minor}
	name, known := l.devices[number]
	if !known {
		name = l.names.String(device)
		l.devices[number] = name
	}
	bind := onPath && string(k.Root) != "/" && !isSubvolume(k)
	if string(k.Type) == "autofs" || bind && !all {
		return m, false
	}
	return snapshot.Mount{
		Device:     l.deviceName(name, k),
		MountPoint: l.names.String(k.MountPoint),
		Type:       l.names.String(k.Type),
		Mode:       mountMode(k),
		Options:    l.names.String(k.Options),
	}, true
}

// isSubvolume says that the root of a mount is a subvolume of btrfs, and not a directory bound from elsewhere.
func isSubvolume(k *procfs.Mount) bool {
	for option := range bytes.SplitSeq(k.SuperOptions, []byte{','}) {
		if subvolume, ok := bytes.CutPrefix(option, []byte("subvol=")); ok {
			return bytes.Equal(subvolume, k.Root)
		}
	}
	return false
}

// mountMode: a mount can be written to when both it and its file system can.
func mountMode(k *procfs.Mount) string {
	switch {
	case procfs.HasOption(k.Options, "ro"), procfs.HasOption(k.SuperOptions, "ro"):
		return "ro"
	case procfs.HasOption(k.Options, "rw"):
		return "rw"
	}
	return "unknown"
}

// deviceName is the name that host_metrics gives a device: a mapped one has that of the kernel, with the root before it
// where there is one, and /dev/root the one behind its number.
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

// finalTarget follows the links at a path below the root to what is none. ok is false if nothing is there.
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

// below is the path below the root of a mount point. Those that this process sees, where it looks at a host below a root
// and cannot see the host's, have the root before them.
func (l *mountList) below(mountPoint []byte, self bool) []byte {
	root := path.Clean(l.host.Root)
	if !self || l.host.Root == "" {
		return mountPoint
	}
	if rest, ok := bytes.CutPrefix(mountPoint, []byte(root)); ok && (len(rest) == 0 || rest[0] == '/') {
		return rest
	}
	return mountPoint
}

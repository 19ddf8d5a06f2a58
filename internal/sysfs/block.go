// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sysfs

import "bytes"

// BlockDevice returns the path below /sys of the directory that an entry of /sys/block leads to.
//
//	/sys/block/sda -> ../devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda
func BlockDevice(target []byte) (path []byte, ok bool) {
	path, ok = bytes.CutPrefix(target, []byte("../"))
	return path, ok && bytes.HasPrefix(path, []byte("devices/"))
}

// IsVirtualBlock reports whether the block device at a path has no hardware: it passes its I/O on to other devices (dm, md,
// zvols, PowerPath) or files (loop), or has it from memory (zram). Disks of a bus, local or remote, are at other paths.
//
// Source: drivers/base/core.c, get_device_parent: a class device without a parent is below /sys/devices/virtual.
func IsVirtualBlock(path []byte) bool { return bytes.HasPrefix(path, []byte("devices/virtual/block/")) }

// IsNVMeHead reports whether the block device at a path is the head of native NVMe multipath, which passes its I/O on to the
// paths to a namespace.
//
// Source: drivers/nvme/host/multipath.c, nvme_mpath_alloc_disk. Heads count their I/O since Linux 6.4.
func IsNVMeHead(path []byte) bool {
	return bytes.HasPrefix(path, []byte("devices/virtual/nvme-subsystem/"))
}

// AppendNVMeHead appends to dst the name of the head that the path with this name belongs to: nvme0n3 for nvme0c1n3. ok is false
// if it is not the name of a path. Paths are hidden: they have no device node.
//
// Source: drivers/nvme/host/multipath.c, nvme_mpath_set_disk_name.
func AppendNVMeHead(dst, name []byte) (head []byte, ok bool) {
	rest, ok := bytes.CutPrefix(name, []byte("nvme"))
	subsystem, rest, isPath := bytes.Cut(rest, []byte{'c'})
	controller, namespace, isNamespace := bytes.Cut(rest, []byte{'n'})
	if !ok || !isPath || !isNamespace {
		return dst, false
	}
	for _, number := range [...][]byte{subsystem, controller, namespace} {
		if _, ok = index(number); !ok {
			return dst, false
		}
	}
	dst = append(append(dst, "nvme"...), subsystem...)
	return append(append(dst, 'n'), namespace...), true
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	pathpkg "path"

	"golang.org/x/sys/unix"
)

// nature is who answers for the files of a file system.
type nature uint8

const (
	// plain are files on a disk or in memory. One may be replaced under its name.
	plain nature = iota
	// kernels are files of the kernel's own: an open one shows what is true now.
	kernels
	// served are files for which a process answers (FUSE, as lxcfs), which may be restarted and may hang, or another
	// machine. So is what does not say what it is: the kernel's and those on a disk do.
	served
)

// natureOf is the nature of the filesystem of the open file fd.
func natureOf(fd int) nature {
	var stat unix.Statfs_t
	if err := unix.Fstatfs(fd, &stat); err != nil {
		return served
	}
	switch uint32(stat.Type) { // A type has 32 bits; that of the field is another on each architecture.
	case unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC:
		return kernels
	case unix.FUSE_SUPER_MAGIC, unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC,
		unix.V9FS_MAGIC, unix.CEPH_SUPER_MAGIC, unix.AFS_FS_MAGIC, unix.AFS_SUPER_MAGIC, unix.CODA_SUPER_MAGIC:
		return served
	}
	return plain
}

// natureNear is the nature of what is at p, or if that cannot be opened, of the directory that it would be in: the filesystem
// that has the directory has answered for p too.
func (fs *FS) natureNear(p path) nature {
	for name := p.String(); ; name = pathpkg.Dir(name) {
		if fd, err := fs.openInRoot(newPath(name), &mountHow); err == nil {
			defer unix.Close(fd)
			return natureOf(fd)
		}
		if name == "." || name == "/" {
			return served
		}
	}
}

// OnProc reports whether the directory at name, a path relative to the root, is on procfs. An error is the errno of opening it;
// a filesystem whose statfs fails is no procfs.
func (fs *FS) OnProc(name string) (bool, error) {
	fd, err := fs.openInRoot(newPath(name), &mountHow)
	if err != nil {
		return false, err
	}
	defer unix.Close(fd)
	var stat unix.Statfs_t
	return unix.Fstatfs(fd, &stat) == nil && stat.Type == unix.PROC_SUPER_MAGIC, nil
}

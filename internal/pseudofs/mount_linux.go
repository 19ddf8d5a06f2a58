// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"errors"
	pathpkg "path"
	"unsafe"

	"golang.org/x/sys/unix"
)

// MountPoint is where a filesystem is mounted below a root, kept for repeated calls of Statfs.
type MountPoint struct{ path path }

// NewMountPoint returns the mount point at name, a path relative to the root in the bytes of the kernel.
func NewMountPoint(name []byte) MountPoint {
	if len(name) == 0 {
		name = []byte{'/'}
	}
	return MountPoint{path: newPath(string(name))}
}

// Statfs is what a file system says of itself: statfs(2). The numbers of a FUSE server may be any.
type Statfs struct {
	// Major and Minor are the device of the files at the mount point: it tells whether it is the file system that was meant.
	Major, Minor uint32
	// Directory is false where a file is mounted on a file.
	Directory bool
	ReadOnly  bool // The mount here or the file system.

	BlockSize                           uint64 // In bytes, of the blocks that are counted.
	Blocks, BlocksFree, BlocksAvailable uint64 // Available is what is free for users without privilege.
	Files, FilesFree                    uint64 // Inodes.
}

// mountHow opens nothing of the file itself: no driver and no server is called, and nothing is mounted on demand.
var mountHow = unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: resolveInRoot}

// Statfs asks the file system at a mount point. The call may never return: where the file system is behind a network or
// a server of FUSE, already finding the way to it may block, and no signal ends it. Errors are errno values.
func (fs *FS) Statfs(at MountPoint, s *Statfs) error {
	fd, err := fs.openInRoot(at.path, &mountHow)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err = device(fd, s); err != nil {
		return err
	}
	var k unix.Statfs_t
	if err = fstatfs(fd, &k); err != nil {
		return err
	}
	s.ReadOnly = k.Flags&unix.ST_RDONLY != 0
	// What is counted are fragments, as in statvfs(3); bsize is what the file system is best read in. Those of the kernel have one
	// size for both, a server of FUSE need not. Source: fs/statfs.c, statfs_by_dentry; fs/fuse/inode.c, convert_fuse_statfs.
	s.BlockSize = uint64(k.Frsize)
	if k.Frsize == 0 {
		s.BlockSize = uint64(k.Bsize)
	}
	s.Blocks, s.BlocksFree, s.BlocksAvailable = k.Blocks, k.Bfree, k.Bavail
	s.Files, s.FilesFree = k.Files, k.Ffree
	return nil
}

// device fills what identifies the filesystem of an open file. statx(2) for no attribute returns the device without a call to
// a server, also where we lack the privileges to read the file.
func device(fd int, s *Statfs) error {
	var x unix.Statx_t
	switch errno := statx(fd, &x); errno {
	case 0:
		s.Major, s.Minor, s.Directory = x.Dev_major, x.Dev_minor, x.Mode&unix.S_IFMT == unix.S_IFDIR
		return nil
	case unix.ENOSYS, unix.EPERM: // It is missing before Linux 4.11, and unknown to old sandboxes.
		return fstat(fd, s)
	default:
		return errno
	}
}

// noPath is the path of what a descriptor itself leads to; unix.Statx would make it at each call.
var noPath = newPath("")

func statx(fd int, x *unix.Statx_t) unix.Errno {
	_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(fd), uintptr(unsafe.Pointer(&noPath[0])),
		unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC, 0, uintptr(unsafe.Pointer(x)), 0)
	return errno
}

func fstat(fd int, s *Statfs) error {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err
	}
	device := uint64(stat.Dev) //nolint:unconvert // Its type differs between architectures.
	s.Major, s.Minor, s.Directory = unix.Major(device), unix.Minor(device), stat.Mode&unix.S_IFMT == unix.S_IFDIR
	return nil
}

// fstatfs tries again after a signal: those of the runtime come often.
func fstatfs(fd int, k *unix.Statfs_t) error {
	for {
		if err := unix.Fstatfs(fd, k); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// Readlink returns the target of the symbolic link at name, a path relative to the root; EINVAL if it is none. The link
// itself is not followed.
func (fs *FS) Readlink(name string) (string, error) {
	dir, err := fs.openInRoot(newPath(pathpkg.Dir(name)), &mountHow)
	if err != nil {
		return "", err
	}
	defer unix.Close(dir)
	var target [unix.PathMax]byte
	n, err := unix.Readlinkat(dir, pathpkg.Base(name), target[:])
	if err != nil {
		return "", err
	}
	return string(target[:n]), nil
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package pseudofs opens, keeps and re-reads kernel files below a root directory, without allocating when it reads
// again what it has kept open.
//
// Nothing is followed out of the root: symbolic links and ".." are resolved inside it, magic links are refused. Only
// regular files are read, up to a size limit, with raw system calls: the runtime's poller would wait for ever on a
// driver that answers EAGAIN.
package pseudofs

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SizeLimit is the size in bytes from which on a file is not read.
const SizeLimit = 16 << 20

var (
	// ErrNotRegular says that a name is a directory, a FIFO, a device or a socket.
	ErrNotRegular = errors.New("not a regular file")
	// ErrTooLarge says that a file has SizeLimit bytes or more.
	ErrTooLarge = fmt.Errorf("file too large: %d bytes or more", SizeLimit)
)

// FS is a root directory. It is not safe for concurrent use.
type FS struct {
	root int
	// walk is set once openat2 has turned out to be missing (Linux < 5.6) or forbidden (seccomp).
	walk bool
	// keeps says that files of fixed paths may stay open.
	keeps bool
}

// OpenFS opens the directory root, "/" if it is empty. Close it when all files below it are closed.
func OpenFS(root string) (*FS, error) {
	if root == "" {
		root = "/"
	}
	fd, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: root, Err: err}
	}
	return &FS{root: fd, keeps: spare() > 0}, nil
}

// Close gives the root's descriptor back.
func (fs *FS) Close() error {
	return unix.Close(fs.root)
}

// ReadFile reads the file at name, a path relative to the root, to its end into buf, which it returns, grown if it
// had to be. Errors are errno values, ErrNotRegular and ErrTooLarge.
func (fs *FS) ReadFile(name string, buf []byte) ([]byte, error) {
	fd, err := fs.open(newPath(name))
	if err != nil {
		return buf[:0], err
	}
	defer unix.Close(fd)
	return readRecords(fd, buf)
}

// path is a name as system calls want it, ended by a zero: unix.Openat2 would make that copy at each call.
type path []byte

func newPath(name string) path { return append([]byte(name), 0) }

func (p path) String() string { return string(p[:len(p)-1]) }

// open returns a descriptor of the regular file at p.
func (fs *FS) open(p path) (int, error) {
	fd, err := fs.openInRoot(p, &readHow)
	if err != nil {
		return -1, err
	}
	var stat unix.Stat_t
	switch err = unix.Fstat(fd, &stat); {
	case err != nil:
	case stat.Mode&unix.S_IFMT != unix.S_IFREG:
		err = ErrNotRegular
	case stat.Size >= SizeLimit: // The kernel's own files say 0.
		err = ErrTooLarge
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// readFlags: a FIFO without a writer must not block the open, nor a terminal become ours.
const readFlags = unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY

// races is how often a path is tried again while another process renames directories along it, see openat2(2), EAGAIN.
const races = 8

func (fs *FS) openInRoot(p path, how *unix.OpenHow) (int, error) {
	for range races {
		if fs.walk {
			break
		}
		fd, errno := openat2(fs.root, p, how)
		switch errno {
		case 0:
			return fd, nil
		case unix.EAGAIN, unix.EINTR:
			continue
		case unix.ENOSYS, unix.EPERM:
			// Old sandboxes answer EPERM to any call they do not know. If it was the file's own, the walk meets it again.
			fd, err := fs.walkTo(p.String(), int(how.Flags))
			fs.walk = errno == unix.ENOSYS || err == nil
			return fd, err
		default:
			return -1, errno
		}
	}
	return fs.walkTo(p.String(), int(how.Flags))
}

const resolveInRoot = unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS

var readHow = unix.OpenHow{Flags: readFlags, Resolve: resolveInRoot}

func openat2(dir int, p path, how *unix.OpenHow) (int, unix.Errno) {
	fd, _, errno := unix.Syscall6(unix.SYS_OPENAT2, uintptr(dir), uintptr(unsafe.Pointer(&p[0])),
		uintptr(unsafe.Pointer(how)), unix.SizeofOpenHow, 0, 0)
	return int(fd), errno
}

// Inode returns the number of the inode that name, a path relative to the root, leads to. Links are followed as the
// kernel follows them, magic ones included: nothing is opened.
func (fs *FS) Inode(name string) (uint64, error) {
	var stat unix.Stat_t
	if err := unix.Fstatat(fs.root, name, &stat, 0); err != nil {
		return 0, err
	}
	return stat.Ino, nil
}

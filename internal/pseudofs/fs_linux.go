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

	"golang.org/x/sys/unix"
)

// SizeLimit is the size in bytes above which a file is not read.
const SizeLimit = 16 << 20

var (
	// ErrNotRegular says that a name is a directory, a FIFO, a device or a socket.
	ErrNotRegular = errors.New("not a regular file")
	// ErrTooLarge says that a file has more than SizeLimit bytes.
	ErrTooLarge = fmt.Errorf("larger than %d bytes", SizeLimit)
)

// FS is a root directory. It is not safe for concurrent use.
type FS struct {
	root int
	// walk is set once openat2 has turned out to be missing (Linux < 5.6) or forbidden (seccomp).
	walk bool
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
	return &FS{root: fd}, nil
}

// Close gives the root's descriptor back.
func (fs *FS) Close() error {
	return unix.Close(fs.root)
}

// ReadFile reads the file at name, a path relative to the root, to its end into buf, which it returns, grown if it
// had to be. Errors are errno values, ErrNotRegular and ErrTooLarge.
func (fs *FS) ReadFile(name string, buf []byte) ([]byte, error) {
	fd, err := fs.open(name)
	if err != nil {
		return buf[:0], err
	}
	defer unix.Close(fd)
	return readRecords(fd, buf)
}

// open returns a descriptor of the regular file at name.
func (fs *FS) open(name string) (int, error) {
	fd, err := fs.openInRoot(name)
	if err != nil {
		return -1, err
	}
	var stat unix.Stat_t
	if err = unix.Fstat(fd, &stat); err == nil && stat.Mode&unix.S_IFMT != unix.S_IFREG {
		err = ErrNotRegular
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// readFlags: a FIFO without a writer must not block the open, nor a terminal become ours.
const readFlags = unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY

// races is how often a path is tried again while somebody renames directories along it, see openat2(2), EAGAIN.
const races = 8

func (fs *FS) openInRoot(name string) (int, error) {
	how := unix.OpenHow{Flags: readFlags, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	for range races {
		if fs.walk {
			break
		}
		fd, err := unix.Openat2(fs.root, name, &how)
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
			// Old sandboxes answer EPERM to any call they do not know. If it was the file's own, the walk meets it again.
			fd, walkErr := fs.walkTo(name)
			fs.walk = errors.Is(err, unix.ENOSYS) || walkErr == nil
			return fd, walkErr
		default:
			return fd, err
		}
	}
	return fs.walkTo(name)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"errors"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrNotSocket says that a name is no socket.
var ErrNotSocket = errors.New("not a socket")

// Socket is a unix socket of fixed path, to be connected to again and again. It is not safe for concurrent use.
type Socket struct {
	fs      *FS
	path    path
	address unixAddress
}

// unixAddress is struct sockaddr_un.
type unixAddress struct {
	family uint16
	path   [108]byte
}

// Socket returns the socket at name, a path relative to the root. Nothing is opened before the first Connect.
func (fs *FS) Socket(name string) *Socket {
	return &Socket{fs: fs, path: newPath(name), address: unixAddress{family: unix.AF_UNIX}}
}

// Name is the path relative to the root.
func (s *Socket) Name() string { return s.path.String() }

// Connect connects to a stream socket, without waiting, and closes the connection at once: nothing is sent. Errors are
// errno values and ErrNotSocket: ECONNREFUSED where no process listens, EAGAIN where the queue of the listener is full.
func (s *Socket) Connect() error {
	at, err := s.fs.openInRoot(s.path, &mountHow)
	if err != nil {
		return err
	}
	defer unix.Close(at)
	var stat unix.Stat_t
	if err = unix.Fstat(at, &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return ErrNotSocket
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	// connect(2) takes no directory to start from, and follows links out of the root. This path leads to the very socket that
	// was found in it, however its name changes meanwhile.
	name := append(strconv.AppendInt(append(s.address.path[:0], "/proc/self/fd/"...), int64(at), 10), 0)
	length := unsafe.Offsetof(s.address.path) + uintptr(len(name))
	_, _, errno := unix.Syscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&s.address)), length)
	if errno != 0 {
		return errno
	}
	return nil
}

// Exists reports whether there is anything at name, a path relative to the root. Nothing is opened.
func (fs *FS) Exists(name string) bool {
	fd, err := fs.openInRoot(newPath(name), &mountHow)
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}

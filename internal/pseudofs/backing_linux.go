// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// Mount is the file system behind a directory directly below a root, such as proc or sys.
type Mount struct {
	name         string
	served       bool
	major, minor uint32
}

// MountOf looks up the file system that the directory name, one component below the root, is on. The call may never return
// where a file server or a FUSE daemon is behind it. Errors are errno values.
func (fs *FS) MountOf(name string) (Mount, error) {
	fd, err := fs.openInRoot(newPath(name), &mountHow)
	if err != nil {
		return Mount{}, err
	}
	defer unix.Close(fd)
	var s Statfs
	if err = device(fd, &s); err != nil {
		return Mount{}, err
	}
	return Mount{name: name, served: natureOf(fd) == served, major: s.Major, minor: s.Minor}, nil
}

var sameMountHow = unix.OpenHow{
	Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS | unix.RESOLVE_NO_XDEV,
}

// Holds reports whether a path lies on m itself, rather than on something that is mounted over a part of it, so that reading
// it involves no file server. It sends nothing to one: the lookup stops at the first mount point (RESOLVE_NO_XDEV). A path
// that does not exist lies on m too.
func (m *Mount) Holds(fs *FS, name string) bool {
	rest, below := strings.CutPrefix(name, m.name+"/")
	if m.served || !below {
		return false
	}
	dir, err := fs.openInRoot(newPath(m.name), &mountHow)
	if err != nil {
		return false
	}
	defer unix.Close(dir)
	if !fs.walk {
		fd, errno := openat2(dir, newPath(rest), &sameMountHow)
		if errno == 0 {
			unix.Close(fd)
		}
		if errno == 0 || errno == unix.ENOENT {
			return true
		}
		if errno == unix.EXDEV {
			return m.holdsBound(dir, rest)
		}
		if errno != unix.EPERM && errno != unix.ENOSYS {
			return false
		}
	}
	// Without openat2(2), before Linux 5.6: a file that is mounted over one of m has another device.
	fd, err := fs.openInRoot(newPath(name), &mountHow)
	if err != nil {
		return errors.Is(err, unix.ENOENT)
	}
	defer unix.Close(fd)
	var s Statfs
	return device(fd, &s) == nil && s.Major == m.major && s.Minor == m.minor
}

// holdsBound is Holds where the way to a path crosses a mount point, as to proc/sys in a container, over which runtimes bind itself
// read-only. It opens one component after the other, and goes on only while the filesystem is that of m. A path that leads through a
// symbolic link is not followed.
func (m *Mount) holdsBound(dir int, rest string) bool {
	at := dir
	defer func() {
		if at != dir {
			unix.Close(at)
		}
	}()
	for component := range strings.SplitSeq(rest, "/") {
		fd, err := unix.Openat(at, component, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return errors.Is(err, unix.ENOENT)
		}
		if at != dir {
			unix.Close(at)
		}
		at = fd
		var s Statfs
		if device(fd, &s) != nil || s.Major != m.major || s.Minor != m.minor {
			return false
		}
	}
	return true
}

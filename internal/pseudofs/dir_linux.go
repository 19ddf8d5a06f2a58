// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Dir is one directory of fixed path whose entries come and go, /proc before all: it is listed again and again, and what
// is below its entries is read relative to its descriptor. Names are relative to it and change from call to call, so
// they are bytes, which a caller makes in memory of its own. It is not safe for concurrent use.
//
// On procfs the way below an entry that is a number has no symbolic link but the last component, so one plain openat
// leads nowhere else. A directory of plain files may have others: there each component is resolved below the
// directory.
type Dir struct {
	fs     *FS
	path   path
	below  FS   // The directory as a root, -1 while it is closed.
	kept   bool // It is on a kernel file system, so it stays open, and shows what is true now.
	onProc bool
	name   path   // The name of the call that goes on.
	dents  []byte // What getdents64 fills.
	stat   unix.Statx_t
	budget int // How many more files may be kept open.
}

// Dir returns the directory at name, a path relative to the root. Nothing is opened before the first Numbers. At most
// keep files below it stay open, and at most half the descriptors that this process can spare: each of them pins
// more than 4 KiB of kernel memory.
func (fs *FS) Dir(name string, keep int) *Dir {
	return &Dir{fs: fs, path: newPath(name), below: FS{root: -1}, dents: make([]byte, 32<<10), budget: min(keep, spare()/2)}
}

// Below returns the root itself as a directory to read below, each component resolved. It is closed with fs.
func (fs *FS) Below() *Dir { return &Dir{fs: fs, path: newPath("."), below: *fs} }

// Name is the path relative to the root.
func (d *Dir) Name() string { return d.path.String() }

// OnProc reports whether the directory that was listed last is on procfs, where sizes and owners are the kernel's.
func (d *Dir) OnProc() bool { return d.onProc }

// Close gives the directory's descriptor back, not those of files kept open below it.
func (d *Dir) Close() {
	if d.below.root >= 0 {
		unix.Close(d.below.root)
		d.below.root = -1
	}
}

var dirHow = unix.OpenHow{Flags: readFlags | unix.O_DIRECTORY, Resolve: resolveInRoot}

func (d *Dir) open() error {
	if d.below.root >= 0 && d.kept {
		return nil
	}
	d.Close() // It may have been replaced under its name.
	fd, err := d.fs.openInRoot(d.path, &dirHow)
	if err != nil {
		return err
	}
	var stat unix.Statfs_t
	d.kept, d.onProc = natureOf(fd) == kernels, unix.Fstatfs(fd, &stat) == nil && stat.Type == unix.PROC_SUPER_MAGIC
	d.below = FS{root: fd, walk: d.fs.walk}
	return nil
}

// Numbers appends the entries whose names are decimal numbers to dst, which it returns: on /proc those are the processes.
func (d *Dir) Numbers(dst []uint32) ([]uint32, error) {
	if err := d.open(); err != nil {
		return dst, err
	}
	if _, err := unix.Seek(d.below.root, 0, unix.SEEK_SET); err != nil {
		return dst, err
	}
	return d.numbers(d.below.root, dst)
}

// NumbersAt is Numbers for the directory at name: threads in PID/task, descriptors in PID/fd.
func (d *Dir) NumbersAt(name []byte, dst []uint32) ([]uint32, error) {
	fd, err := d.openAt(name, &dirHow)
	if err != nil {
		return dst, err
	}
	defer unix.Close(fd)
	return d.numbers(fd, dst)
}

// maxNumbers bounds one listing. The kernel has no more tasks than that: PID_MAX_LIMIT in include/linux/threads.h.
const maxNumbers = 1 << 22

func (d *Dir) numbers(fd int, dst []uint32) ([]uint32, error) {
	for limit := len(dst) + maxNumbers; len(dst) < limit; {
		n, err := getdents(fd, d.dents)
		if n <= 0 || err != nil {
			return dst, err
		}
		for b := d.dents[:n]; len(b) > 0; {
			entry, rest, ok := nextDirent(b)
			if !ok {
				return dst, unix.EIO
			}
			if number, ok := decimal(entry.name); ok {
				dst = append(dst, number)
			}
			b = rest
		}
	}
	return dst, nil
}

// decimal reads a name that is a number as the kernel writes it, without a zero in front.
func decimal(name []byte) (n uint32, ok bool) {
	for i, c := range name {
		if c < '0' || c > '9' || i > 0 && n == 0 || n > (1<<32-1-9)/10 {
			return 0, false
		}
		n = n*10 + uint32(c-'0')
	}
	return n, len(name) > 0
}

// terminated is name as system calls want it, valid until the next call.
func (d *Dir) terminated(name []byte) path {
	d.name = append(append(d.name[:0], name...), 0)
	return d.name
}

// openAt opens what is at name, with the flags of how.
func (d *Dir) openAt(name []byte, how *unix.OpenHow) (int, error) {
	p := d.terminated(name)
	if !d.onProc {
		return d.below.openInRoot(p, how)
	}
	for {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(d.below.root), uintptr(unsafe.Pointer(&p[0])),
			uintptr(how.Flags|unix.O_NOFOLLOW), 0, 0, 0)
		switch errno {
		case 0:
			return int(fd), nil
		case unix.EINTR:
		default:
			return -1, errno
		}
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"bytes"
	"unsafe"

	"golang.org/x/sys/unix"
)

// KeptFile is one file below a Dir that may stay open between two reads. The zero KeptFile is closed.
type KeptFile struct {
	fd1 int // The descriptor and 1.
}

// ReadKept reads the file at name, whole, into buf, which it returns, grown if it had to be. A file that is open in file
// is read without looking at its name: that of a process says ESRCH once the process has ended, also when another has
// its number. Where the budget of d allows it, a file that had to be opened stays open. Errors are errno values,
// ErrNotRegular and ErrTooLarge; file is closed then.
func (d *Dir) ReadKept(name []byte, file *KeptFile, buf []byte) ([]byte, error) {
	fd := file.fd1 - 1
	if fd < 0 {
		var err error
		if fd, err = d.openFile(name); err != nil {
			return buf[:0], err
		}
	}
	text, err := readSingle(fd, buf)
	switch {
	case file.fd1 > 0 && err == nil:
	case file.fd1 > 0:
		d.CloseKept(file)
	case err == nil && d.kept && d.budget > 0:
		file.fd1 = fd + 1
		d.budget--
	default:
		unix.Close(fd)
	}
	return text, err
}

// CloseKept gives the descriptor in file back.
func (d *Dir) CloseKept(file *KeptFile) {
	if file.fd1 > 0 {
		unix.Close(file.fd1 - 1)
		file.fd1 = 0
		d.budget++
	}
}

// ReadFile reads the file at name, whole, into buf, which it returns, grown if it had to be.
func (d *Dir) ReadFile(name, buf []byte) ([]byte, error) {
	fd, err := d.openFile(name)
	if err != nil {
		return buf[:0], err
	}
	defer unix.Close(fd)
	return readSingle(fd, buf)
}

// ReadHead reads the start of the file at name, as much as fits the capacity of buf.
func (d *Dir) ReadHead(name, buf []byte) ([]byte, error) {
	fd, err := d.openFile(name)
	if err != nil {
		return buf[:0], err
	}
	defer unix.Close(fd)
	n, err := pread(fd, buf[:cap(buf)], 0)
	return buf[:max(n, 0)], err
}

// openFile opens the regular file at name. On procfs everything below a number is what the kernel makes it.
func (d *Dir) openFile(name []byte) (int, error) {
	if d.onProc {
		return d.openAt(name, &readHow)
	}
	return d.below.open(d.terminated(name))
}

var pathHow = unix.OpenHow{Flags: unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC, Resolve: resolveInRoot}

// ReadLink reads what the symbolic link at name says into the capacity of buf; a longer target is truncated. name has a
// directory and a last component.
func (d *Dir) ReadLink(name, buf []byte) ([]byte, error) {
	at := d.below.root
	if !d.onProc {
		slash := bytes.LastIndexByte(name, '/')
		fd, err := d.openAt(name[:max(slash, 0)], &pathHow)
		if err != nil {
			return buf[:0], err
		}
		defer unix.Close(fd)
		at, name = fd, name[slash+1:]
	}
	p, target := d.terminated(name), buf[:cap(buf)]
	n, _, errno := unix.Syscall6(unix.SYS_READLINKAT, uintptr(at), uintptr(unsafe.Pointer(&p[0])),
		uintptr(unsafe.Pointer(&target[0])), uintptr(len(target)), 0, 0)
	if errno != 0 {
		return buf[:0], errno
	}
	return target[:n], nil
}

// Attributes is what a directory entry says of itself.
type Attributes struct {
	Owner uint32 // User id.
	// Size is in bytes. Of PID/fd on procfs it is the number of open descriptors, since Linux 6.2; before, it is 0.
	Size uint64
}

// Attributes reads what the entry at name, no symbolic link, says of itself.
func (d *Dir) Attributes(name []byte) (Attributes, error) {
	if !d.onProc {
		return d.attributesOfOpen(name)
	}
	p := d.terminated(name)
	_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(d.below.root), uintptr(unsafe.Pointer(&p[0])),
		unix.AT_SYMLINK_NOFOLLOW, unix.STATX_UID|unix.STATX_SIZE, uintptr(unsafe.Pointer(&d.stat)), 0)
	switch errno {
	case 0:
		return Attributes{Owner: d.stat.Uid, Size: d.stat.Size}, nil
	case unix.ENOSYS, unix.EPERM: // Linux before 4.11, or a sandbox that does not know the call.
		return d.attributesOfOpen(name)
	}
	return Attributes{}, errno
}

var entryHow = unix.OpenHow{Flags: unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC, Resolve: resolveInRoot}

func (d *Dir) attributesOfOpen(name []byte) (Attributes, error) {
	fd, err := d.openAt(name, &entryHow)
	if err != nil {
		return Attributes{}, err
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err = unix.Fstat(fd, &stat); err != nil {
		return Attributes{}, err
	}
	return Attributes{Owner: stat.Uid, Size: uint64(stat.Size)}, nil
}

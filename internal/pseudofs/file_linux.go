// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Shape is how the kernel hands out a file's text.
type Shape uint8

const (
	// Single is text that the kernel makes as a whole at each read from offset 0 (single_open, sysfs attributes): one
	// pread of a buffer that is large enough gets all of it, at one moment.
	Single Shape = iota
	// Records is text that the kernel makes record by record (seq_open): it is read until the kernel says it is over.
	Records
)

// File is one file of fixed path, read again and again. The zero File is not usable; it is not safe for concurrent use.
type File struct {
	fs    *FS
	name  string
	path  path
	shape Shape
	fd    int // -1 while closed.
	// nature is that of what was opened last. Only files of the kernel's stay open.
	nature nature
	buf    []byte
}

// File returns the file at name, a path relative to the root. Nothing is opened before the first Read.
func (fs *FS) File(name string, shape Shape) *File {
	return &File{fs: fs, name: name, path: newPath(name), shape: shape, fd: -1}
}

// Name is the path relative to the root.
func (f *File) Name() string { return f.name }

// Read returns the contents of the file, as they are now. They are valid until the next Read. Errors are errno values,
// ErrNotRegular and ErrTooLarge.
func (f *File) Read() ([]byte, error) {
	opened := f.fd < 0
	if opened {
		if err := f.open(); err != nil {
			return nil, err
		}
	}
	text, err := f.readFrom(f.fd)
	if err != nil && !opened && stale(err) {
		f.Close()
		if err = f.open(); err != nil {
			return nil, err
		}
		text, err = f.readFrom(f.fd)
	}
	if err != nil || f.nature != kernels || !f.fs.keeps {
		f.Close()
	}
	return text, err
}

// ReadOn is Read once, by a thread's own way to the root, for a file whose server may hang. It keeps nothing open. No other
// method of f may be called before it returns.
func (f *File) ReadOn(thread *FS) ([]byte, error) {
	fd, err := thread.open(f.path)
	if err != nil {
		f.nature = thread.natureNear(f.path)
		return nil, err
	}
	defer unix.Close(fd)
	f.nature = natureOf(fd)
	return f.readFrom(fd)
}

// IsServed reports whether a process or another machine answered for the file, or said that there is none, when it was read
// last, as lxcfs does for what it puts over /proc/stat, through FUSE: it may hang the next time.
func (f *File) IsServed() bool { return f.nature == served }

// Stamp tells one version of a plain file from another.
type Stamp struct {
	Inode    uint64
	Size     int64
	Modified int64 // In nanoseconds since the Unix epoch.
}

// Stamp returns that of the file that has the name now.
func (f *File) Stamp() (Stamp, error) {
	fd, err := f.fs.open(f.path)
	if err != nil {
		return Stamp{}, err
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err = unix.Fstat(fd, &stat); err != nil {
		return Stamp{}, err
	}
	return Stamp{Inode: stat.Ino, Size: stat.Size, Modified: unix.TimespecToNsec(stat.Mtim)}, nil
}

// stale says that the thing behind a kept descriptor is gone; another may have taken its name.
func stale(err error) bool {
	return errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EBADF)
}

func (f *File) open() error {
	fd, err := f.fs.open(f.path)
	if err != nil {
		return err
	}
	f.fd, f.nature = fd, natureOf(fd)
	return nil
}

// Close gives the descriptor back. A later Read opens the file again.
func (f *File) Close() {
	if f.fd >= 0 {
		unix.Close(f.fd)
		f.fd = -1
	}
}

func (f *File) readFrom(fd int) (text []byte, err error) {
	if f.shape == Single {
		text, err = readSingle(fd, f.buf)
	} else {
		text, err = readRecords(fd, f.buf)
	}
	if err != nil {
		f.buf = nil // It may have grown for nothing.
		return nil, err
	}
	f.buf = text[:0]
	return text, nil
}

const firstBuffer = 4096

// readSingle reads all of fd's text with one pread, a second and larger one where the text filled the buffer.
func readSingle(fd int, buf []byte) ([]byte, error) {
	for {
		buf = grow(buf[:0])
		n, err := pread(fd, buf[:cap(buf)], 0)
		if err != nil {
			return buf[:0], err
		}
		if n < cap(buf) {
			return buf[:n], nil
		}
		if n >= SizeLimit {
			return buf[:0], ErrTooLarge
		}
		buf = grow(buf[:n])
	}
}

// readRecords reads fd from its start until a pread answers 0.
func readRecords(fd int, buf []byte) ([]byte, error) {
	buf = buf[:0]
	for {
		buf = grow(buf)
		n, err := pread(fd, buf[len(buf):cap(buf)], int64(len(buf)))
		if err != nil {
			return buf[:0], err
		}
		if n == 0 {
			return buf, nil
		}
		if buf = buf[:len(buf)+n]; len(buf) >= SizeLimit {
			return buf[:0], ErrTooLarge
		}
	}
}

// grow returns buf with room for more.
func grow(buf []byte) []byte {
	if len(buf) < cap(buf) {
		return buf
	}
	grown := make([]byte, len(buf), max(firstBuffer, 2*cap(buf)))
	copy(grown, buf)
	return grown
}

func pread(fd int, buf []byte, offset int64) (int, error) {
	for {
		n, err := unix.Pread(fd, buf, offset)
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

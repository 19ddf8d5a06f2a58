// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import "golang.org/x/sys/unix"

// maxListing bounds one listing in bytes of its entries.
const maxListing = 16 << 20

// NamesAt calls visit for each entry of the directory at name, but for "." and "..", in the order of the kernel. The name of
// an entry is valid during the call. The directory of d itself is opened if it has to be.
func (d *Dir) NamesAt(name []byte, visit func(entry []byte)) error {
	if err := d.open(); err != nil {
		return err
	}
	fd, err := d.openAt(name, &dirHow)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for listed := 0; listed < maxListing; {
		n, err := getdents(fd, d.dents)
		if n <= 0 || err != nil {
			return err
		}
		listed += n
		for b := d.dents[:n]; len(b) > 0; {
			entry, rest, ok := nextDirent(b)
			if !ok {
				return unix.EIO
			}
			b = rest
			if string(entry.name) != "." && string(entry.name) != ".." {
				visit(entry.name)
			}
		}
	}
	return nil
}

// Name is the path of a file below a root, made once to be read often, through whichever FS of that root a thread has.
type Name struct{ path path }

// NewName returns the name that consists of these parts.
func NewName(parts ...[]byte) Name {
	var n Name
	for _, part := range parts {
		n.path = append(n.path, part...)
	}
	n.path = append(n.path, 0)
	return n
}

// Set makes n the name that append adds to an empty one, in the memory that n has.
func (n *Name) Set(add func(path []byte) []byte) { n.path = append(add(n.path[:0]), 0) }

// IsZero reports whether n names nothing.
func (n Name) IsZero() bool { return n.path == nil }

// ReadHead opens the file at n, reads its start, as much as fits the capacity of buf, with one call, and closes it. Errors
// are errno values, ErrNotRegular and ErrTooLarge.
func (fs *FS) ReadHead(n Name, buf []byte) ([]byte, error) {
	fd, err := fs.open(n.path)
	if err != nil {
		return buf[:0], err
	}
	defer unix.Close(fd)
	size, err := pread(fd, buf[:cap(buf)], 0)
	return buf[:max(size, 0)], err
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// Tree is the directories below one of a kernel filesystem, as cgroups are. It is not safe for concurrent use.
type Tree struct {
	fs    *FS
	path  path
	dents []byte
	paths []byte // The paths of the directories found, each with a zero at its end.
}

// Tree returns the tree of directories at name, a path relative to the root. Nothing is opened before the first Walk.
func (fs *FS) Tree(name string) *Tree {
	return &Tree{fs: fs, path: newPath(name)}
}

// Name is the path relative to the root.
func (t *Tree) Name() string { return t.path.String() }

// IsCgroup2 reports whether a filesystem of type cgroup2 is mounted at the tree's path.
func (t *Tree) IsCgroup2() bool {
	fd, err := t.fs.openInRoot(t.path, &dirHow)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var stat unix.Statfs_t
	return unix.Fstatfs(fd, &stat) == nil && stat.Type == unix.CGROUP2_SUPER_MAGIC
}

// maxTreeBytes bounds what the paths of one walk take.
const maxTreeBytes = 16 << 20

// Walk calls visit for each directory below the tree's, those above first, with its path relative to the tree's, which
// begins with a slash and is valid during the call, and the number of its inode. It ends when visit returns false. A
// directory that has disappeared, or that may not be read, costs what is below it.
func (t *Tree) Walk(visit func(path []byte, inode uint64) (more bool)) error {
	fd, err := t.fs.openInRoot(t.path, &dirHow)
	if err != nil {
		return err
	}
	root := FS{root: fd, walk: t.fs.walk}
	defer unix.Close(fd)
	if t.dents == nil {
		t.dents = make([]byte, 32<<10)
	}
	t.paths = t.paths[:0]
	if more := t.list(fd, nil, visit); !more {
		return nil
	}
	for next := 0; next < len(t.paths) && len(t.paths) < maxTreeBytes; {
		end := next + bytes.IndexByte(t.paths[next:], 0)
		parent := t.paths[next : end+1]
		next = end + 1
		below, err := root.openInRoot(parent[1:], &dirHow)
		if err != nil {
			continue
		}
		more := t.list(below, parent[:len(parent)-1], visit)
		unix.Close(below)
		if !more {
			return nil
		}
	}
	return nil
}

// list visits the directories in the one that fd is, and remembers their paths. parent may lie in t.paths.
func (t *Tree) list(fd int, parent []byte, visit func(path []byte, inode uint64) (more bool)) (more bool) {
	for {
		n, err := getdents(fd, t.dents)
		if n <= 0 || err != nil {
			return true
		}
		for b := t.dents[:n]; len(b) > 0; {
			entry, rest, ok := nextDirent(b)
			if !ok {
				return true
			}
			b = rest
			if entry.kind != unix.DT_DIR || string(entry.name) == "." || string(entry.name) == ".." {
				continue
			}
			start := len(t.paths)
			t.paths = append(append(append(t.paths, parent...), '/'), entry.name...)
			if !visit(t.paths[start:], entry.inode) {
				return false
			}
			t.paths = append(t.paths, 0)
		}
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is the number of symbolic links that one path may lead through, as in the kernel (MAXSYMLINKS).
const maxLinks = 40

// walkTo opens name below the root as openat2 with RESOLVE_IN_ROOT does, one component at a time and without ever
// letting the kernel follow a link, so that it cannot be led out even while another process swaps directories for links. flags
// are those of open.
func (fs *FS) walkTo(name string, flags int) (int, error) {
	w := walk{root: fs.root, rest: name}
	defer func() { w.up(len(w.dirs)) }()
	for {
		component := w.next()
		switch component {
		case "": // The way ends at a directory.
			if flags&(unix.O_DIRECTORY|unix.O_PATH) == 0 {
				return -1, ErrNotRegular
			}
			return unix.Openat(w.dir(), ".", flags, 0)
		case ".":
			continue
		case "..":
			w.up(1)
			continue
		}
		if err := w.enter(component); err != nil {
			return -1, err
		}
		if w.file {
			return unix.Openat(w.dir(), component, flags|unix.O_NOFOLLOW, 0)
		}
	}
}

// walk is a position on the way from the root to a file.
type walk struct {
	root  int
	dirs  []int  // Descriptors of the directories entered below the root.
	rest  string // What is still to be walked.
	links int
	file  bool // The component entered last is no directory.
}

func (w *walk) dir() int {
	if n := len(w.dirs); n > 0 {
		return w.dirs[n-1]
	}
	return w.root
}

func (w *walk) next() string {
	w.rest = strings.TrimLeft(w.rest, "/")
	component, rest, _ := strings.Cut(w.rest, "/")
	w.rest = rest
	return component
}

// up leaves the last n directories; above the root is the root.
func (w *walk) up(n int) {
	for ; n > 0 && len(w.dirs) > 0; n-- {
		last := len(w.dirs) - 1
		unix.Close(w.dirs[last])
		w.dirs = w.dirs[:last]
	}
}

// enter steps into a directory, puts the target of a link in front of the rest, or notes that it found a file.
func (w *walk) enter(component string) error {
	fd, err := unix.Openat(w.dir(), component, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	var stat unix.Stat_t
	if err = unix.Fstat(fd, &stat); err != nil {
		unix.Close(fd)
		return err
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		w.dirs = append(w.dirs, fd)
		return nil
	case unix.S_IFLNK:
		defer unix.Close(fd)
		return w.follow(fd)
	}
	unix.Close(fd)
	if strings.TrimLeft(w.rest, "/") != "" {
		return unix.ENOTDIR
	}
	w.file = true
	return nil
}

func (w *walk) follow(link int) error {
	if w.links++; w.links > maxLinks {
		return unix.ELOOP
	}
	var target [unix.PathMax]byte
	n, err := unix.Readlinkat(link, "", target[:])
	if err != nil {
		return err
	}
	if n > 0 && target[0] == '/' {
		w.up(len(w.dirs))
	}
	w.rest = string(target[:n]) + "/" + w.rest
	return nil
}

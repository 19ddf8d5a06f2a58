// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// userFile is a file of fixed path that a file server may be behind: lxcfs mounts files of its own, through FUSE, over
// /proc/stat, /proc/meminfo and others, and anything may be mounted below a root. What lies on procfs, sysfs or a disk itself
// is read directly, however slow the machine is. Everything else is read on a thread of the pool, within a deadline.
type userFile struct {
	call   blocking.State
	file   *pseudofs.File
	mounts *rootMounts // nil where every file is read directly.
	direct bool        // No file server answers for it.
	known  bool        // It was read on a thread before.

	text []byte
	err  error
}

func newUserFile(file *pseudofs.File, mounts *rootMounts) *userFile {
	return &userFile{file: file, mounts: mounts, direct: mounts == nil}
}

func (f *userFile) name() string { return f.file.Name() }

// State implements blocking.Call.
func (f *userFile) State() *blocking.State { return &f.call }

// Do implements blocking.Call.
func (f *userFile) Do(fs *pseudofs.FS) { f.text, f.err = f.file.ReadOn(fs) }

// read returns the contents of the file, valid until the next read. Errors are those of pseudofs.File and of blocking.
func (f *userFile) read(sc *scrape) ([]byte, error) {
	if !f.direct && !f.known {
		f.direct = f.mounts.hold(sc, f.name())
	}
	if f.direct {
		text, err := f.file.Read()
		f.direct = f.mounts == nil || !f.file.IsServed() // Something may be mounted over it at any time.
		return text, err
	}
	// A server that has to start, or to be reached for the first time, takes nothing from what is read at every scrape.
	budget := &sc.budget
	if !f.known {
		budget = &sc.firstReads
	}
	if err := f.mounts.calls.Await(sc.ctx, budget, f); err != nil {
		return nil, err
	}
	f.known, f.direct = true, !f.file.IsServed()
	return f.text, f.err
}

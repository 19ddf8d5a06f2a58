// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import (
	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// UserFile is a file of fixed path that a userspace process may answer for: lxcfs mounts files of its own, through FUSE, over
// /proc/stat, /proc/meminfo and others, and anything may be mounted below a root. What lies on procfs, sysfs or a disk itself
// is read directly, however slow the machine is. Everything else is read on a thread of the pool, within a deadline.
type UserFile struct {
	call   blocking.State
	file   *pseudofs.File
	mounts *mounts
	direct bool // No userspace process answers for it.
	known  bool // It was read on a thread before.

	text []byte
	err  error
}

// NewUserFile returns the file at name, a path relative to the root of h. It is opened when it is first read.
func NewUserFile(h *Host, name string, shape pseudofs.Shape) *UserFile {
	f := &UserFile{file: h.FS.File(name, shape), mounts: h.mounts}
	h.OnClose(f.file.Close)
	return f
}

// Name is the path of the file relative to the root.
func (f *UserFile) Name() string { return f.file.Name() }

// Stamp returns the stamp of the file; ok is false where it cannot be had without a deadline.
func (f *UserFile) Stamp() (stamp pseudofs.Stamp, ok bool) {
	if !f.direct {
		return stamp, false
	}
	stamp, err := f.file.Stamp()
	return stamp, err == nil
}

// State implements blocking.Call.
func (f *UserFile) State() *blocking.State { return &f.call }

// Do implements blocking.Call.
func (f *UserFile) Do(fs *pseudofs.FS) { f.text, f.err = f.file.ReadOn(fs) }

// Read returns the contents of the file, valid until the next Read. Errors are those of pseudofs.File and of blocking.
func (f *UserFile) Read(sc *Scrape) ([]byte, error) {
	if !f.direct && !f.known {
		f.direct = f.mounts.hold(sc, f.Name())
	}
	if f.direct {
		text, err := f.file.Read()
		f.direct = f.mounts == nil || !f.file.IsServed() // Something may be mounted over it at any time.
		return text, err
	}
	// A server that has to start, or to be reached for the first time, takes nothing from what is read at every scrape.
	budget := &sc.Budget
	if !f.known {
		budget = &sc.firstReads
	}
	if err := f.mounts.calls.Await(sc.Context, budget, f); err != nil {
		return nil, err
	}
	f.known, f.direct = true, !f.file.IsServed()
	return f.text, f.err
}

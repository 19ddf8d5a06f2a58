// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"slices"
	"strconv"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// headReader reads the start of one file of processes that the kernel may block in for ever.
//
// cmdline is in the memory of the process: reading it takes its mmap_lock and may fault a page in, from a file system that
// does not respond. io waits for a lock that execve(2) holds, before Linux 5.7 also while it reads the program
// (fs/proc/base.c, do_io_accounting).
type headReader struct {
	calls *blocking.Pool
	file  string // Below /proc/PID.
	size  int    // How many bytes are read.
	idle  *headCall
	stuck []*headCall // Pending, and so their processes' files are not read again.
}

// headCall is the read of one process.
type headCall struct {
	call blocking.State
	pid  uint32
	name pseudofs.Name
	text []byte
	err  error
}

// State implements blocking.Call.
func (c *headCall) State() *blocking.State { return &c.call }

// Do implements blocking.Call.
func (c *headCall) Do(fs *pseudofs.FS) { c.text, c.err = fs.ReadHead(c.name, c.text) }

func newHeadReader(calls *blocking.Pool, file string, size int) *headReader {
	return &headReader{calls: calls, file: file, size: size}
}

// read returns the start of the file of a process. It is valid until the next read. Errors are errno values and those of
// blocking.
func (r *headReader) read(sc *source.Scrape, pid uint32) ([]byte, error) {
	r.stuck = slices.DeleteFunc(r.stuck, func(c *headCall) bool { return !r.calls.Pending(c) })
	if slices.ContainsFunc(r.stuck, func(c *headCall) bool { return c.pid == pid }) {
		return nil, blocking.ErrStuck
	}
	if r.idle == nil {
		r.idle = &headCall{text: make([]byte, 0, r.size)}
	}
	c := r.idle
	c.pid = pid
	c.name.Set(func(path []byte) []byte {
		return append(strconv.AppendUint(append(path, "proc/"...), uint64(pid), 10), r.file...)
	})
	if err := r.calls.Await(sc.Context, &sc.Budget, c); err != nil {
		if r.calls.Pending(c) {
			r.idle, r.stuck = nil, append(r.stuck, c)
		}
		return nil, err
	}
	return c.text, c.err
}

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

// headReader reads the start of a file of /proc/PID whose read may block forever. It reads on a thread of the pool, within
// the scrape's budget of calls that are made one by one.
//
// cmdline lies in the memory of the process: reading it takes mmap_lock and may fault in a page from an unresponsive
// filesystem. io takes a lock that execve(2) holds, before Linux 5.7 also while it reads the program (fs/proc/base.c,
// do_io_accounting).
type headReader struct {
	calls *blocking.Pool
	file  string // Below /proc/PID, with a leading slash.
	size  int    // The largest number of bytes to read.
	idle  *headCall
	stuck []*headCall // Pending reads. The files of their processes are not read again meanwhile.
}

// headCall is the read of one process's file.
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

// read returns the start of the file of a process, valid until the next read. Errors are errno values, and ErrStuck, ErrNotRun
// and *PanicError of package blocking.
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

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"strconv"
	"time"

	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// asideReader reads one file of processes where the kernel may wait for something of the process, for ever if that comes from
// a file system that does not answer. So it is read by a goroutine that the scrape waits for no longer than a deadline. One
// that is stuck, and the process that it is stuck with, is left alone until it has its answer.
//
// cmdline is in the memory of the process itself, which is locked while a page of it is read. io waits for a lock that an
// execve holds, before Linux 5.7 also while it reads the program (fs/proc/base.c, do_io_accounting).
type asideReader struct {
	root    string
	file    string // Below /proc/PID.
	timeout time.Duration
	timer   *time.Timer
	size    int // How much of a file is read.
	open    func(root string) (read readHead, closeRoot func(), err error)
	idle    *asideWorker
	stuck   []*asideWorker
}

// readHead reads the start of a file into the capacity of buf.
type readHead func(name, buf []byte) ([]byte, error)

// maxStuck bounds the goroutines, each with a thread, that wait for what does not come, and so the time that a scrape can lose
// to them.
const maxStuck = 4

// asideWorker is one goroutine. What it has read belongs to whoever has got its answer, until the next question.
type asideWorker struct {
	pid    uint32 // Of the last question.
	ask    chan uint32
	answer chan asideAnswer // Of capacity 1: nobody may be waiting any more.
	text   []byte
}

type asideAnswer struct{ err error }

func newAsideReader(root, file string, timeout time.Duration, size int) *asideReader {
	timer := time.NewTimer(timeout)
	timer.Stop()
	return &asideReader{root: root, file: file, timeout: timeout, timer: timer, size: size, open: openAside}
}

// read returns the start of the file of a process. It is valid until the next read. The error is an errno value, or
// context.DeadlineExceeded.
func (r *asideReader) read(pid uint32) ([]byte, error) {
	if err := r.awake(); err != nil {
		return nil, err
	}
	for _, w := range r.stuck {
		if w.pid == pid {
			return nil, context.DeadlineExceeded
		}
	}
	w := r.idle
	w.pid = pid
	w.ask <- pid
	r.timer.Reset(r.timeout)
	select {
	case answer := <-w.answer:
		r.timer.Stop()
		return w.text, answer.err
	case <-r.timer.C:
		r.idle, r.stuck = nil, append(r.stuck, w)
		return nil, context.DeadlineExceeded
	}
}

// awake makes sure that there is an idle worker: one that has come back, or a new one.
func (r *asideReader) awake() error {
	for i := 0; i < len(r.stuck); i++ {
		select {
		case <-r.stuck[i].answer: // Nobody waits for it any more.
			back := r.stuck[i]
			r.stuck = append(r.stuck[:i], r.stuck[i+1:]...)
			if r.idle != nil {
				close(back.ask)
			} else {
				r.idle = back
			}
			i--
		default:
		}
	}
	if r.idle != nil {
		return nil
	}
	if len(r.stuck) >= maxStuck {
		return context.DeadlineExceeded
	}
	read, closeRoot, err := r.open(r.root)
	if err != nil {
		return err
	}
	r.idle = &asideWorker{ask: make(chan uint32), answer: make(chan asideAnswer, 1), text: make([]byte, 0, r.size)}
	go r.idle.run(r.file, read, closeRoot)
	return nil
}

func (w *asideWorker) run(file string, read readHead, closeRoot func()) {
	defer closeRoot()
	var name []byte
	for pid := range w.ask {
		var err error
		name = append(strconv.AppendUint(append(name[:0], "proc/"...), uint64(pid), 10), file...)
		w.text, err = read(name, w.text)
		w.answer <- asideAnswer{err}
	}
}

// close ends the goroutines, those that are stuck when they have their answer. It waits for none.
func (r *asideReader) close() {
	if r.idle != nil {
		close(r.idle.ask)
	}
	for _, w := range r.stuck {
		close(w.ask)
	}
	r.idle, r.stuck = nil, nil
}

// openAside is a way to /proc of its own, for a reader that may be stuck when everything else is closed.
func openAside(root string) (read readHead, closeRoot func(), err error) {
	fs, err := pseudofs.OpenFS(root)
	if err != nil {
		return nil, nil, err
	}
	return fs.Below().ReadHead, func() { fs.Close() }, nil
}

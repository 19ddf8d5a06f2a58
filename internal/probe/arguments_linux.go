// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"strconv"
	"time"

	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// argumentReader reads /proc/PID/cmdline, which is in the memory of the process itself: the kernel waits for a lock on
// that memory, for ever if a page of it comes from a file system that does not answer. So it is read by a goroutine that
// the scrape waits for no longer than a deadline. One that is stuck is left alone until it has its answer.
type argumentReader struct {
	root    string
	timeout time.Duration
	timer   *time.Timer
	size    int // How much of a command line is read.
	open    func(root string) (read readHead, closeRoot func(), err error)
	idle    *argumentWorker
	stuck   []*argumentWorker
}

// readHead reads the start of a file into the capacity of buf.
type readHead func(name, buf []byte) ([]byte, error)

// maxStuck bounds the goroutines, each with a thread, that wait for command lines that do not come, and so the time that
// a scrape can lose to them.
const maxStuck = 4

// argumentWorker is one goroutine. What it has read belongs to whoever has got its answer, until the next question.
type argumentWorker struct {
	ask    chan uint32
	answer chan argumentAnswer // Of capacity 1: nobody may be waiting any more.
	text   []byte
}

type argumentAnswer struct{ err error }

func newArgumentReader(root string, timeout time.Duration, size int) *argumentReader {
	timer := time.NewTimer(timeout)
	timer.Stop()
	return &argumentReader{root: root, timeout: timeout, timer: timer, size: size, open: openArguments}
}

// read returns the start of the command line of a process, each argument ended by a zero. It is valid until the next
// read. The error is an errno value, or context.DeadlineExceeded.
func (r *argumentReader) read(pid uint32) ([]byte, error) {
	if err := r.awake(); err != nil {
		return nil, err
	}
	w := r.idle
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
func (r *argumentReader) awake() error {
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
	r.idle = &argumentWorker{ask: make(chan uint32), answer: make(chan argumentAnswer, 1), text: make([]byte, 0, r.size)}
	go r.idle.run(read, closeRoot)
	return nil
}

func (w *argumentWorker) run(read readHead, closeRoot func()) {
	defer closeRoot()
	var name []byte
	for pid := range w.ask {
		var err error
		name = append(strconv.AppendUint(append(name[:0], "proc/"...), uint64(pid), 10), "/cmdline"...)
		w.text, err = read(name, w.text)
		w.answer <- argumentAnswer{err}
	}
}

// close ends the goroutines, those that are stuck when they have their answer. It waits for none.
func (r *argumentReader) close() {
	if r.idle != nil {
		close(r.idle.ask)
	}
	for _, w := range r.stuck {
		close(w.ask)
	}
	r.idle, r.stuck = nil, nil
}

// openArguments is a way to /proc of its own, for a reader that may be stuck when everything else is closed.
func openArguments(root string) (read readHead, closeRoot func(), err error) {
	fs, err := pseudofs.OpenFS(root)
	if err != nil {
		return nil, nil, err
	}
	return fs.Below().ReadHead, func() { fs.Close() }, nil
}

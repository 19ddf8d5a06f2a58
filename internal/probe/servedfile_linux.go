// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"fmt"
	"time"

	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// servedFile is a file that is read again and again and that somebody may serve: lxcfs puts files of its own, through FUSE,
// over /proc/stat, /proc/meminfo and others, and below a root may be anything. Who serves it may not answer, so it is read on
// a thread of the callPool, and so is every file that nobody has looked at yet. All others are simply read, as are all that
// have no pool.
type servedFile struct {
	callState
	file  *pseudofs.File
	calls *callPool
	round [1]call // Itself.
	plain bool    // Nobody served it when it was read last.

	text []byte
	err  error
}

func newServedFile(file *pseudofs.File, calls *callPool) *servedFile {
	f := &servedFile{file: file, calls: calls}
	f.round[0] = f
	return f
}

func (f *servedFile) name() string { return f.file.Name() }

func (f *servedFile) state() *callState { return &f.callState }

// ask implements call.
func (f *servedFile) ask(fs *pseudofs.FS) { f.text, f.err = f.file.ReadOn(fs) }

var (
	// errNoAnswer says that a file was not read in time.
	errNoAnswer = fmt.Errorf("whoever serves it does not answer, and is not asked again before it does: %w", context.DeadlineExceeded)
	// errNotAsked says that the time was over before a thread began to read a file.
	errNotAsked = fmt.Errorf("not read, for there was no time left: %w", context.DeadlineExceeded)
)

// read returns the text of the file, as pseudofs.File does. The error may also be errNoAnswer, errNotAsked, errTooManyStuck or
// a *PanicError.
func (f *servedFile) read(sc *scrape) ([]byte, error) {
	if f.plain || f.calls == nil {
		return f.readPlain()
	}
	if f.calls.isStuck(f) {
		return nil, errNoAnswer
	}
	inTime := sc.await(f.calls, f.round[:])
	switch phase, late := f.calls.outcome(f); {
	case late:
		return nil, errNoAnswer
	case phase == callAnswered && f.panic != nil:
		return nil, f.panic
	case phase == callAnswered:
		f.plain = !f.file.IsServed()
		return f.text, f.err
	case !inTime:
		return nil, errNotAsked // It may be served all the same.
	case f.file.IsServed():
		return nil, errTooManyStuck
	}
	return f.readPlain() // There is no thread for what is most likely in order.
}

func (f *servedFile) readPlain() ([]byte, error) {
	text, err := f.file.Read()
	f.plain = !f.file.IsServed()
	return text, err
}

// await asks a round of calls that are made in between others. All of a scrape together wait no longer than one call may:
// where one server does not answer for many files, each of the others is given a moment only. It reports what askWithin does.
func (sc *scrape) await(calls *callPool, round []call) (inTime bool) {
	began := time.Now()
	inTime = calls.askWithin(sc.ctx, max(calls.timeout-sc.awaited, patience), round)
	sc.awaited += max(time.Since(began)-patience, 0) // Many that answer are not to wear it out.
	return inTime
}

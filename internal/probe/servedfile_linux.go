// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"

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

// read returns the text of the file, as pseudofs.File does. The error may also be one of scrape.await.
func (f *servedFile) read(sc *scrape) ([]byte, error) {
	if f.plain || f.calls == nil {
		return f.readPlain()
	}
	err := sc.await(f.calls, f.round[:])
	if err == nil {
		f.plain = !f.file.IsServed()
		return f.text, f.err
	}
	if errors.Is(err, errTooManyStuck) && !f.file.IsServed() {
		return f.readPlain() // There is no thread for what is most likely in order.
	}
	return nil, err
}

func (f *servedFile) readPlain() ([]byte, error) {
	text, err := f.file.Read()
	f.plain = !f.file.IsServed()
	return text, err
}

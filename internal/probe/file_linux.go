// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/scan"
)

// parserOf is a pointer to a kernel file's struct.
type parserOf[T any] interface {
	*T
	Parse([]byte) error
}

// kernelFile is one kernel file and the parser of its text. It is read at most once for each snapshot, whoever needs it.
type kernelFile[T any, P parserOf[T]] struct {
	file   *servedFile
	parsed T
	tick   uint64
	err    error
}

func newKernelFile[T any, P parserOf[T]](n *native, name string, shape pseudofs.Shape) *kernelFile[T, P] {
	f := &kernelFile[T, P]{file: newServedFile(n.fs.File(name, shape), n.calls)}
	n.files = append(n.files, f.file.file)
	return f
}

// parse returns the file as it is in the snapshot that sc fills, and what is wrong with it: text that came with a
// malformed line is there all the same.
func (f *kernelFile[T, P]) parse(sc *scrape) (P, error) {
	if f.tick != sc.tick {
		text, err := f.file.read(sc)
		if parseErr := P(&f.parsed).Parse(text); err == nil {
			err = parseErr
		}
		f.tick, f.err = sc.tick, err // At the end: whoever needs the file meets a panic in its parser too.
	}
	return &f.parsed, f.err
}

// read is parse for a domain that needs the file: it reports what is wrong, and returns nil if there is nothing to use.
func (f *kernelFile[T, P]) read(sc *scrape) P {
	parsed, err := f.parse(sc)
	if err != nil && sc.fault(f.file.name(), err) != Malformed {
		return nil
	}
	return parsed
}

// readLines is read for a domain that counts the lines of the file: it does not report implausible values.
func (f *kernelFile[T, P]) readLines(sc *scrape) P {
	if parsed, err := f.parse(sc); err != nil && isComplete(err) {
		return parsed
	}
	return f.read(sc)
}

// isComplete reports whether a parser has dropped no line: err is nil, or names implausible values only.
func isComplete(err error) bool {
	bad, ok := err.(*scan.LineError) //nolint:errorlint // It is never wrapped.
	return err == nil || ok && bad.Count == 0
}

// absent reports that the file lacks what the domain needs of it, unless that is plain from what was reported before.
func (f *kernelFile[T, P]) absent(sc *scrape) {
	if f.err == nil {
		sc.fault(f.file.name(), errAbsent)
	}
}

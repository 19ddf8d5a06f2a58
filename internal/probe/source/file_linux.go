// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import "github.com/superviz-io/hostprobe/internal/pseudofs"

// Parser is a pointer to the struct of a kernel file's contents.
type Parser[T any] interface {
	*T
	Parse([]byte) error
}

// File is one kernel file and the parser of its contents. It is read at most once per snapshot, whichever domains need it.
type File[T any, P Parser[T]] struct {
	// Contents is what was parsed last. A source may set what its parser keeps from one Parse to the next.
	Contents T

	file *UserFile
	tick uint64
	err  error
}

// NewFile returns the file at name, a path relative to the root of h. It is opened when it is first read.
func NewFile[T any, P Parser[T]](h *Host, name string, shape pseudofs.Shape) *File[T, P] {
	return &File[T, P]{file: NewUserFile(h, name, shape)}
}

// NewDirectFile returns a file that is read without a deadline: one of the kernel's own, below a root that is not the pool's.
// The caller closes it.
func NewDirectFile[T any, P Parser[T]](file *pseudofs.File) *File[T, P] {
	return &File[T, P]{file: &UserFile{file: file, direct: true}}
}

// Name is the path of the file relative to the root.
func (f *File[T, P]) Name() string { return f.file.Name() }

// Err is what was wrong with the file when it was read last.
func (f *File[T, P]) Err() error { return f.err }

// Parse returns the file's contents as of the snapshot that sc fills, and what is wrong with them: those with a malformed line
// are returned all the same. They are valid until the next snapshot.
func (f *File[T, P]) Parse(sc *Scrape) (P, error) {
	if f.tick != sc.Tick {
		text, err := f.file.Read(sc)
		if parseErr := P(&f.Contents).Parse(text); err == nil {
			err = parseErr
		}
		f.tick, f.err = sc.Tick, err // At the end: every domain that needs the file meets a panic in its parser.
	}
	return &f.Contents, f.err
}

// Read is Parse for a domain that needs the file: it reports what is wrong, and returns nil if there is nothing to use.
func (f *File[T, P]) Read(sc *Scrape) P {
	parsed, err := f.Parse(sc)
	if err != nil && sc.Fault(f.Name(), err) != Malformed {
		return nil
	}
	return parsed
}

// ReadLines is Read for a domain that counts the lines of the file: it does not report implausible values.
func (f *File[T, P]) ReadLines(sc *Scrape) P {
	if parsed, err := f.Parse(sc); err != nil && IsComplete(err) {
		return parsed
	}
	return f.Read(sc)
}

// ReadAgain reads the file once more within the snapshot, into contents, to compare a later moment with that of Parse.
func (f *File[T, P]) ReadAgain(sc *Scrape, contents P) error {
	text, err := f.file.Read(sc)
	if err != nil {
		return err
	}
	return contents.Parse(text)
}

// Absent reports that the file lacks what the domain needs of it, unless what was reported before says so already.
func (f *File[T, P]) Absent(sc *Scrape) {
	if f.err == nil {
		sc.Fault(f.Name(), ErrAbsent)
	}
}

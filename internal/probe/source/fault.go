// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Fault is one thing that went wrong while a domain was read. Whatever else could be read is in the snapshot.
type Fault struct {
	Domain snapshot.Domain
	// Source is the file, relative to the root, or the part of the host that it was about.
	Source string
	Reason Reason
	Err    error
	Scope  Scope
	// Effect says what follows, if that is not that dependent metrics are omitted.
	Effect string
}

// Scope is what a fault has cost.
type Scope uint8

// The scopes.
const (
	ScopeFile      Scope = iota // The numbers of one file, or of one object.
	ScopeDomain                 // The whole domain.
	ScopeProcesses              // A file of some processes.
)

// Reason is the class of an error, on which depends what is done about it.
type Reason uint8

// The reasons. Objects that are gone (a process, a device) are no fault at all.
const (
	// Unavailable is a state of the host: the kernel does not have it, or we may not see it.
	Unavailable Reason = iota
	// Failed is everything that is in no other class.
	Failed
	// Malformed is text that does not have the form the kernel gives it, or an impossible number. What could be understood is
	// kept.
	Malformed
	// Timeout is a deadline that passed before the source was read.
	Timeout
	// Panic is a bug: the code that reads the source panicked.
	Panic
	// NumReasons is how many reasons there are.
	NumReasons
)

var reasonNames = [NumReasons]string{
	Unavailable: "unavailable", Failed: "failed", Malformed: "malformed", Timeout: "timeout", Panic: "panic",
}

// String is the reason's name in telemetry.
func (r Reason) String() string { return reasonNames[r] }

// ErrImpossible reports an impossible number, which is taken for unknown. Its reason is Malformed.
var ErrImpossible = errors.New("impossible value")

// unavailableError is a state of the host that a domain names.
type unavailableError string

func (e unavailableError) Error() string { return string(e) }

// UnavailableError makes an error of what a host does not have, or does not show us. Its reason is Unavailable.
func UnavailableError(text string) error { return unavailableError(text) }

// ErrAbsent reports that a file lacks what was looked for in it.
var ErrAbsent = UnavailableError("missing from the file")

// states are the other errors that say what a host does not have or does not show us.
var states = [...]error{
	fs.ErrNotExist, fs.ErrPermission, // ENOENT; EACCES and EPERM.
	syscall.ENODEV, syscall.ESRCH, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EPROTONOSUPPORT, syscall.EAFNOSUPPORT,
	errors.ErrUnsupported,
}

// IsComplete reports whether a parser has dropped no line: err is nil, or names implausible values only.
func IsComplete(err error) bool {
	bad, ok := err.(*scan.LineError) //nolint:errorlint // It is never wrapped.
	return err == nil || ok && bad.Count == 0
}

// ReasonOf is the one table of what an error means. It allocates nothing, for a lasting condition is met at each scrape.
func ReasonOf(err error) Reason {
	switch err.(type) { //nolint:errorlint // These are never wrapped, and errors.As allocates.
	case *blocking.PanicError:
		return Panic
	case *scan.LineError:
		return Malformed
	case unavailableError:
		return Unavailable
	}
	if errors.Is(err, ErrImpossible) {
		return Malformed
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Timeout
	}
	for _, target := range states {
		if errors.Is(err, target) {
			return Unavailable
		}
	}
	return Failed
}

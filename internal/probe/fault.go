// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

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
}

// Reason is the class of an error, on which depends what is done about it.
type Reason uint8

// The reasons. Objects that are gone (a process, a device) are no fault at all.
const (
	// Unavailable is a state of the host: the kernel does not have it, or we may not see it.
	Unavailable Reason = iota
	// Failed is everything that is in no other class.
	Failed
	// Malformed is text that does not have the form the kernel gives it. What could be understood is kept.
	Malformed
	// Timeout is a deadline that passed before the source was read.
	Timeout
	// Panic is an error of ours.
	Panic
	// NumReasons is how many reasons there are.
	NumReasons
)

var reasonNames = [NumReasons]string{
	Unavailable: "unavailable", Failed: "failed", Malformed: "malformed", Timeout: "timeout", Panic: "panic",
}

// String is the reason's name in telemetry.
func (r Reason) String() string { return reasonNames[r] }

// errOtherNamespace says that the kernel answers for our namespace, and the host's is another.
var errOtherNamespace = errors.New("collector and host are in different namespaces")

// errOtherFilesystem says that the file system at a path is not the one that is listed there: the path leads elsewhere in
// our mount namespace than in the host's.
var errOtherFilesystem = errors.New("a different filesystem is mounted at the mount point")

// errNotMounted says that no mount shows a control group, as in a container that has none.
var errNotMounted = errors.New("cgroup hierarchy is not mounted")

// errAbsent says that a file lacks what was looked for in it.
var errAbsent = errors.New("missing from the file")

var (
	// errNoTemperature says that a sensor has no temperature at present: it answers with a number that is none, or with an
	// error that says so.
	errNoTemperature = errors.New("sensor reports no temperature")
	// errFaulty says that a sensor is faulty by what its chip says.
	errFaulty = errors.New("chip reports a sensor fault")
)

// unavailable are the errors that say what a host does not have or does not let us see.
var unavailable = [...]error{
	fs.ErrNotExist, fs.ErrPermission, // ENOENT; EACCES and EPERM.
	syscall.ENODEV, syscall.ESRCH, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EPROTONOSUPPORT, syscall.EAFNOSUPPORT,
	errors.ErrUnsupported, errAbsent, errNotTold, errOtherNamespace,
	errOtherFilesystem, errNoTemperature, errFaulty, errNotMounted,
}

// reasonOf is the one table of what an error means. It allocates nothing, for a lasting condition is met at each scrape.
func reasonOf(err error) Reason {
	switch err.(type) { //nolint:errorlint // These two are never wrapped, and errors.As allocates.
	case *blocking.PanicError:
		return Panic
	case *scan.LineError:
		return Malformed
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Timeout
	}
	for _, target := range unavailable {
		if errors.Is(err, target) {
			return Unavailable
		}
	}
	return Failed
}

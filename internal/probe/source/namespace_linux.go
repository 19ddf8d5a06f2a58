// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/procfs"
)

// Namespace is how a namespace of the host below the root relates to that of the collector. It is decided by what every
// process may read: the links in /proc/PID/ns need ptrace access, and "may not be read" is not "is another".
type Namespace uint8

const (
	// UnknownNamespace cannot be compared with that of the collector.
	UnknownNamespace Namespace = iota
	// OwnNamespace is that of the collector: what answers for its reader answers for the host.
	OwnNamespace
	// OtherNamespace is another one than that of the collector.
	OtherNamespace
	// NoNamespace is that of a directory of plain files, which answer the same to every reader.
	NoNamespace
)

// The errors of what the kernel answers for the collector's namespace only, or may answer for that only.
var (
	ErrOtherNamespace      = UnavailableError("collector and host are in different namespaces")
	ErrUnknownNetNamespace = UnavailableError("unknown whether collector and host share the namespace: /proc/1 of the host is not visible")
	ErrUnknownPIDNamespace = UnavailableError("unknown whether collector and host share the namespace: /proc/self/status of the host has no NSpid")
	// ErrNoProcfs reports what takes a running kernel, where the root is a directory of plain files.
	ErrNoProcfs = UnavailableError("no procfs below root_path")
)

// IsPlain reports whether the root is a directory of plain files: its proc is no procfs, or missing.
func (h *Host) IsPlain() bool {
	if h.Root == "" {
		return false
	}
	onProc, err := h.FS.OnProc("proc")
	return !onProc && (err == nil || errors.Is(err, fs.ErrNotExist))
}

// NetNamespace compares the network namespace of the host's first process with that of the collector, by the inode of
// /proc/PID/net/dev, of which each namespace has one of its own (fs/proc/generic.c, proc_register). The error says why what the
// kernel answers to its reader is not that of the host, nil if it is.
func (h *Host) NetNamespace() (Namespace, error) {
	if h.Root == "" {
		return OwnNamespace, nil
	}
	if h.IsPlain() {
		return h.plainNamespace("net")
	}
	first, err := h.FS.Inode("proc/1/net/dev")
	if err != nil { // hidepid hides it.
		return UnknownNamespace, ErrUnknownNetNamespace
	}
	var own unix.Stat_t
	if err = unix.Stat("/proc/self/net/dev", &own); err != nil {
		return UnknownNamespace, ErrUnknownNetNamespace
	}
	if own.Ino != first {
		return OtherNamespace, ErrOtherNamespace
	}
	return OwnNamespace, nil
}

// PIDNamespace compares the pid namespace of the procfs below the root with that of the collector, which has one number only
// in its own. The error is as that of NetNamespace.
func (h *Host) PIDNamespace() (Namespace, error) {
	if h.Root == "" {
		return OwnNamespace, nil
	}
	if h.IsPlain() {
		return h.plainNamespace("pid")
	}
	status, err := h.FS.ReadFile("proc/self/status", nil)
	switch depth := procfs.PIDNamespaceDepth(status); {
	case depth > 1, errors.Is(err, fs.ErrNotExist): // A procfs has no self for a reader without a number in its namespace.
		return OtherNamespace, ErrOtherNamespace
	case depth == 0:
		return UnknownNamespace, ErrUnknownPIDNamespace
	}
	return OwnNamespace, nil
}

// plainNamespace is the namespace of a captured host: files of proc/1/ns say that the capture was made in another one.
func (h *Host) plainNamespace(kind string) (Namespace, error) {
	if _, err := h.FS.Inode("proc/1/ns/" + kind); err == nil {
		return OtherNamespace, ErrOtherNamespace
	}
	return NoNamespace, nil
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import (
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

var (
	// ErrOtherNamespace reports what the kernel answers for the collector's namespace only.
	ErrOtherNamespace = UnavailableError("collector and host are in different namespaces")
	// ErrUnknownNamespace reports what may answer for the collector's namespace only.
	ErrUnknownNamespace = UnavailableError("unknown whether collector and host share the namespace: /proc/1 of the host is not visible")
)

// Err is why what the kernel answers to its reader is not that of the host, nil if it is.
func (n Namespace) Err() error {
	switch n {
	case OtherNamespace:
		return ErrOtherNamespace
	case UnknownNamespace:
		return ErrUnknownNamespace
	}
	return nil
}

// IsPlain reports whether the root is a directory of plain files: its proc is no procfs.
func (h *Host) IsPlain() bool {
	if h.Root == "" {
		return false
	}
	proc := h.FS.Dir("proc", 0)
	defer proc.Close()
	_, err := proc.Numbers(nil)
	return err != nil || !proc.OnProc()
}

// NetNamespace compares the network namespace of the host's first process with that of the collector, by the inode of
// /proc/PID/net/dev, of which each namespace has one of its own (fs/proc/generic.c, proc_register).
func (h *Host) NetNamespace() Namespace {
	if h.Root == "" {
		return OwnNamespace
	}
	if h.IsPlain() {
		if _, err := h.FS.Inode("proc/1/ns/net"); err == nil {
			return OtherNamespace // Of a captured host whose files were read in another one.
		}
		return NoNamespace
	}
	first, err := h.FS.Inode("proc/1/net/dev")
	if err != nil {
		return UnknownNamespace
	}
	var own unix.Stat_t
	if err = unix.Stat("/proc/self/net/dev", &own); err != nil {
		return UnknownNamespace
	}
	if own.Ino != first {
		return OtherNamespace
	}
	return OwnNamespace
}

// PIDNamespace compares the pid namespace of the procfs below the root with that of the collector, which has one number only
// in its own.
func (h *Host) PIDNamespace() Namespace {
	if h.Root == "" {
		return OwnNamespace
	}
	if h.IsPlain() {
		if _, err := h.FS.Inode("proc/1/ns/pid"); err == nil {
			return OtherNamespace
		}
		return NoNamespace
	}
	status, err := h.FS.ReadFile("proc/self/status", nil)
	switch depth := procfs.PIDNamespaceDepth(status); {
	case err != nil: // The collector has no number in that namespace.
		return OtherNamespace
	case depth == 0:
		return UnknownNamespace
	case depth > 1:
		return OtherNamespace
	}
	return OwnNamespace
}

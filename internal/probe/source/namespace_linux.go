// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// Namespace is how a namespace of the host below the root stands to ours.
type Namespace uint8

const (
	// OtherNamespace is another one, or one that cannot be seen: a number of the wrong namespace is worse than none.
	OtherNamespace Namespace = iota
	// OwnNamespace is the one that we are in: what answers for its reader answers for the host.
	OwnNamespace
	// NoNamespace is that of a directory of plain files, which answer the same to everyone.
	NoNamespace
)

// Namespace compares a namespace of the host's first process with ours. kind is that of /proc/PID/ns: net, pid.
func (h *Host) Namespace(kind string) Namespace {
	if h.Root == "" {
		return OwnNamespace
	}
	first, err := h.FS.Inode("proc/1/ns/" + kind)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return NoNamespace
		}
		return OtherNamespace
	}
	var own unix.Stat_t
	if err = unix.Stat("/proc/self/ns/"+kind, &own); err != nil || own.Ino != first {
		return OtherNamespace
	}
	return OwnNamespace
}

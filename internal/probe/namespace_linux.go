// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// namespace is how a namespace of the host below the root stands to ours.
type namespace uint8

const (
	// otherNamespace is another one, or one that cannot be seen: a number of the wrong namespace is worse than none.
	otherNamespace namespace = iota
	// ownNamespace is the one that we are in: what answers for its reader answers for the host.
	ownNamespace
	// noNamespace is that of a directory of plain files, which answer the same to everyone.
	noNamespace
)

// namespace compares a namespace of the host's first process with ours. kind is that of /proc/PID/ns: net, pid.
func (h *Host) namespace(kind string) namespace {
	if h.root == "" {
		return ownNamespace
	}
	first, err := h.fs.Inode("proc/1/ns/" + kind)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return noNamespace
		}
		return otherNamespace
	}
	var own unix.Stat_t
	if err = unix.Stat("/proc/self/ns/"+kind, &own); err != nil || own.Ino != first {
		return otherNamespace
	}
	return ownNamespace
}

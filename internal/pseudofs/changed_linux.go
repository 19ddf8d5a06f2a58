// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"errors"

	"golang.org/x/sys/unix"
)

// ReadChanged returns the contents of a file that signals changes through poll(2), as mountinfo does, if it has since the
// last call; else changed is false, and it has cost one system call. A file that cannot be kept open counts as changed.
// Otherwise it is as Read.
func (f *File) ReadChanged() (text []byte, changed bool, err error) {
	if f.fd >= 0 && !f.hasChanged() {
		return nil, false, nil
	}
	text, err = f.Read()
	return text, true, err
}

// hasChanged reports an event on the open file, and takes it back: the kernel tells each once. Text read after that is no
// older than the event.
func (f *File) hasChanged() bool {
	events := [1]unix.PollFd{{Fd: int32(f.fd), Events: unix.POLLPRI}}
	for {
		n, err := unix.Poll(events[:], 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		return n != 0 || err != nil // Also POLLNVAL: reading meets what is wrong.
	}
}

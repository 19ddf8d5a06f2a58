// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// Filesystems is /proc/filesystems: the types of file systems that the kernel knows by now, before the tab whether a
// type does without a block device.
//
//	nodev	tmpfs
//		ext4
//
// Source: fs/filesystems.c, filesystems_proc_show.
type Filesystems struct {
	// Block are the types that need a block device, as they stand in the text and as long as that is valid. Reused by the
	// next Parse.
	Block [][]byte

	bad scan.LineError
}

// Parse reads the text of /proc/filesystems. The error is nil or a *scan.LineError, valid until the next Parse.
func (f *Filesystems) Parse(b []byte) error {
	f.Block, f.bad = f.Block[:0], scan.LineError{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		kind, name, ok := bytes.Cut(line, []byte{'\t'})
		switch {
		case !ok || len(name) == 0 || len(kind) > 0 && string(kind) != "nodev":
			f.bad.Add(number)
		case len(kind) == 0:
			f.Block = append(f.Block, name)
		}
	}
	return f.bad.Err()
}

// NeedsDevice reports whether the type is known and needs a block device.
func (f *Filesystems) NeedsDevice(name []byte) bool {
	for _, block := range f.Block {
		if bytes.Equal(block, name) {
			return true
		}
	}
	return false
}

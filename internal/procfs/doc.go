// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package procfs understands the text of files below /proc, one file of code for each kernel file.
//
// Its parsers are pure: bytes in, a struct in the kernel's own words and units out. They read nothing, keep no
// reference to their input and allocate only when a slice of theirs has to grow. A line that does not have the
// form the kernel gives it is left out and noted in the returned *[scan.LineError]; what stands in the other
// lines is kept. A number that the file does not have is not Known: absent is never zero.
package procfs

// Number is a number of a kernel file that may be missing from it.
type Number struct {
	N     uint64
	Known bool
}

// set takes in what a line says, unless that is no number or another line has said it before.
func (n *Number) set(value uint64, ok bool) bool {
	if !ok || n.Known {
		return false
	}
	*n = Number{value, true}
	return true
}

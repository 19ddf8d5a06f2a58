// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package procfs understands the text of files below /proc, one file of code for each kernel file.
//
// Its parsers are pure: bytes in, a struct in the kernel's own words and units out. They read nothing, keep no
// reference to their input and allocate only when a slice of theirs has to grow. A line that does not have the
// form the kernel gives it is dropped and noted in the returned *[scan.LineError]; what stands in the other
// lines is kept. In a well-formed line, only implausible values are dropped: a word among numbers, a count near 2^64 that has
// fallen below zero, a part larger than its whole. Such a value is unknown, and the error names it.
// A number that the file does not have is unknown: absent is never zero.
package procfs

import (
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// Number is a number of a kernel file that may be missing from it.
type Number struct {
	N     uint64
	Known bool
}

// maxCount is the largest plausible count. A counter that has fallen below zero reads as a larger one.
const maxCount = math.MaxInt64

// read takes in the number of a line that has one only, which name is the kernel's word for, unless it is larger than most.
func (n *Number) read(bad *scan.LineError, line int, name string, value uint64, ok bool, most uint64) {
	switch {
	case !ok || n.Known:
		bad.Add(line)
	case value > most:
		bad.AddField(0, name)
	default:
		*n = Number{value, true}
	}
}

// column reads the first field of a line that has many, and returns what follows it. It is unknown where it is no number,
// or larger than most; ok says that there is a field at all.
func column(line []byte, most uint64) (n Number, rest []byte, ok bool) {
	value, rest, ok := scan.UintField(line)
	if ok && value <= most {
		return Number{value, true}, rest, true
	}
	if !ok {
		field, _ := scan.Field(line)
		ok = len(field) > 0
	}
	return Number{}, rest, ok
}

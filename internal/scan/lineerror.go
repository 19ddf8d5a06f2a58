// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import "strconv"

// LineError counts the lines of one file that a parser could not understand and left out.
// It never quotes them: the text may be chosen by whoever named a device or a process.
// The zero value says that every line was understood.
type LineError struct {
	// First is the number of the first such line, counted from 1.
	First int
	// Count is how many there were.
	Count int
}

// Add notes that the line with this number, counted from 1, was not understood.
func (e *LineError) Add(line int) {
	if e.Count == 0 {
		e.First = line
	}
	e.Count++
}

// Err returns nil when no line was noted, else e itself, valid until e is written again.
func (e *LineError) Err() error {
	if e.Count == 0 {
		return nil
	}
	return e
}

// Error implements error.
func (e *LineError) Error() string {
	if e.Count == 1 {
		return "line " + strconv.Itoa(e.First) + " is malformed"
	}
	return strconv.Itoa(e.Count) + " lines are malformed, the first is line " + strconv.Itoa(e.First)
}

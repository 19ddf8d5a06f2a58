// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import "strconv"

// LineError counts what a parser has dropped of one file: malformed lines, and implausible values of other lines.
// It never quotes them: users choose the names of devices and processes.
// The zero value says that nothing was dropped.
type LineError struct {
	// First is the number of the first such line, counted from 1.
	First int
	// Count is how many there were.
	Count int

	// Field names the first such value, in the kernel's words, and FieldLine is the line that it is in, 0 if the name says it
	// all.
	Field     string
	FieldLine int
	// Fields is how many there were.
	Fields int
}

// Add notes that the line with this number, counted from 1, was not understood.
func (e *LineError) Add(line int) {
	if e.Count == 0 {
		e.First = line
	}
	e.Count++
}

// AddField notes that one value of the line with this number is implausible: it is not a number, or not a possible one. The other
// values of the line are used. A line of 0 is not reported.
func (e *LineError) AddField(line int, field string) {
	if e.Fields == 0 {
		e.Field, e.FieldLine = field, line
	}
	e.Fields++
}

// AddFieldsOf notes the values that another parser has dropped, of one of many files.
func (e *LineError) AddFieldsOf(o *LineError) {
	if e.Fields == 0 {
		e.Field = o.Field
	}
	e.Fields += o.Fields
}

// Err returns nil when nothing was noted, else e itself, valid until e is written again.
func (e *LineError) Err() error {
	if e.Count == 0 && e.Fields == 0 {
		return nil
	}
	return e
}

// Error implements error.
func (e *LineError) Error() string {
	switch {
	case e.Fields == 0:
		return e.lines()
	case e.Count == 0:
		return e.fields()
	}
	return e.lines() + "; " + e.fields()
}

func (e *LineError) lines() string {
	if e.Count == 1 {
		return "line " + strconv.Itoa(e.First) + " is malformed"
	}
	return strconv.Itoa(e.Count) + " lines are malformed, the first is line " + strconv.Itoa(e.First)
}

func (e *LineError) fields() string {
	field := e.Field
	if e.FieldLine > 0 {
		field += " in line " + strconv.Itoa(e.FieldLine)
	}
	if e.Fields == 1 {
		return field + " is implausible"
	}
	return strconv.Itoa(e.Fields) + " values are implausible, the first is " + field
}

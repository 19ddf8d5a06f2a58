// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import "strings"

// text is prose with single spaces, so that a phrase is found across line breaks, and the line that each byte comes from.
type text struct {
	strings.Builder
	lines []int
}

// add appends s, which starts at the given line. Each newline in s starts the next line.
func (t *text) add(s string, line int) {
	for _, b := range []byte(s) {
		switch b {
		case '\n':
			t.addByte(' ', line)
			line++
		case ' ', '\t', '\r':
			t.addByte(' ', line)
		default:
			t.addByte(b, line)
		}
	}
}

// addByte appends b, unless it is a second space in a row.
func (t *text) addByte(b byte, line int) {
	if s := t.String(); b == ' ' && (s == "" || s[len(s)-1] == ' ') {
		return
	}
	t.WriteByte(b)
	t.lines = append(t.lines, line)
}

// gap separates what no phrase spans.
func (t *text) gap(line int) { t.addByte(0, line) }

// isProse reports whether t has more than one word: single words are keys, names and values.
func (t *text) isProse() bool { return strings.Contains(strings.TrimSpace(t.String()), " ") }

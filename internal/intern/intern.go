// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package intern keeps one string for each name that the kernel repeats at every reading: devices, interfaces, mount
// points, file system types. Looking up one that is kept allocates nothing.
//
// Strings are made fit to leave the process: valid UTF-8 without control characters, and truncated to a length. The bytes that
// are no longer looked up are forgotten.
package intern

import (
	"sync"
	"unicode/utf8"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// Strings is a bounded set of strings. It is safe for concurrent use.
type Strings struct {
	mu        sync.Mutex
	kept      map[string]*entry // By the bytes as they came.
	limit     int
	maxLength int
	text      func(b []byte, maxLength int) string
	sweep     uint64
	asked     int // How many of kept were looked up since the Sweep before.
}

type entry struct {
	text  string
	sweep uint64 // The sweep before which it was looked up last.
}

// New returns an empty set that keeps at most limit strings, each cut to maxLength bytes.
func New(limit, maxLength int) *Strings {
	return &Strings{kept: map[string]*entry{}, limit: limit, maxLength: maxLength, text: Text}
}

// NewNames returns an empty set like that of New whose strings are made by [Name].
func NewNames(limit, maxLength int) *Strings {
	s := New(limit, maxLength)
	s.text = Name
	return s
}

// String returns b as a string, the same one as long as it is kept. A full set makes new strings without keeping them.
func (s *Strings) String(b []byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.kept[string(b)]; e != nil {
		if e.sweep != s.sweep {
			e.sweep = s.sweep
			s.asked++
		}
		return e.text
	}
	text := s.text(b, s.maxLength)
	if len(s.kept) < s.limit {
		s.kept[string(b)] = &entry{text: text, sweep: s.sweep}
		s.asked++
	}
	return text
}

// Sweep forgets the strings that were not looked up since the Sweep before.
func (s *Strings) Sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked < len(s.kept) {
		for key, e := range s.kept {
			if e.sweep != s.sweep {
				delete(s.kept, key)
			}
		}
	}
	s.sweep++
	s.asked = 0
}

// Len is how many strings are kept.
func (s *Strings) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.kept)
}

// Text returns b as printable text, see [scan.AppendPrintable], cut to at most maxLength bytes without splitting a rune.
func Text(b []byte, maxLength int) string {
	return truncated(scan.AppendPrintable(nil, b), maxLength)
}

// Name returns b, a name that may hold escapes of its maker's own, as printable text, see [scan.AppendName], truncated as
// Text does.
func Name(b []byte, maxLength int) string {
	return truncated(scan.AppendName(nil, b), maxLength)
}

func truncated(text []byte, maxLength int) string {
	if len(text) <= maxLength {
		return string(text)
	}
	end := maxLength
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return string(text[:end])
}

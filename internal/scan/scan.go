// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package scan cuts the bytes of kernel text into tokens.
//
// Every function is pure and allocates nothing: a returned slice aliases its argument, and is valid as long as that is.
package scan

import (
	"bytes"
	"math"
)

// Line returns the first line of b without its newline, and what follows the newline.
// A last line without a newline is a line; rest is then nil.
func Line(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i], b[i+1:]
	}
	return b, nil
}

// Field returns the first run of bytes of b that are neither space nor tab, and what follows it.
// Without one, field is empty.
func Field(b []byte) (field, rest []byte) {
	start := 0
	for start < len(b) && isBlank(b[start]) {
		start++
	}
	end := start
	for end < len(b) && !isBlank(b[end]) {
		end++
	}
	return b[start:end], b[end:]
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// Uint reads b, which must consist of decimal digits only, as a number of at most 64 bits.
func Uint(b []byte) (n uint64, ok bool) {
	if len(b) == 0 {
		return 0, false
	}
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 || n > math.MaxUint64/10 {
			return 0, false
		}
		n *= 10
		if n > math.MaxUint64-d {
			return 0, false
		}
		n += d
	}
	return n, true
}

// safeDigits is how many decimal digits are within 64 bits whatever they are.
const safeDigits = 19

// UintField reads the first field of b as Uint does, and returns what follows it: Field and Uint in one pass.
func UintField(b []byte) (n uint64, rest []byte, ok bool) {
	start := 0
	for start < len(b) && isBlank(b[start]) {
		start++
	}
	end := start
	for ; end < len(b); end++ {
		d := uint64(b[end] - '0')
		if d > 9 {
			break
		}
		n = n*10 + d
	}
	if end == start || end-start > safeDigits || end < len(b) && !isBlank(b[end]) {
		field, rest := Field(b[start:])
		n, ok = Uint(field)
		return n, rest, ok
	}
	return n, b[end:], true
}

// Hex reads b, which must consist of hexadecimal digits only, as a number of at most 64 bits.
func Hex(b []byte) (n uint64, ok bool) {
	if len(b) == 0 {
		return 0, false
	}
	for _, c := range b {
		var d byte
		switch {
		case c >= '0' && c <= '9':
			d = c - '0'
		case c >= 'A' && c <= 'F':
			d = c - 'A' + 10
		case c >= 'a' && c <= 'f':
			d = c - 'a' + 10
		default:
			return 0, false
		}
		if n > math.MaxUint64>>4 {
			return 0, false
		}
		n = n<<4 | uint64(d)
	}
	return n, true
}

// Decimal reads b, digits with at most one point between them, in units of 10^-places:
// Decimal("1.25", 3) is 1250. Digits beyond the last place are truncated, not rounded.
func Decimal(b []byte, places int) (n uint64, ok bool) {
	whole, fraction, point := bytes.Cut(b, []byte{'.'})
	n, ok = Uint(whole)
	if !ok || point && len(fraction) == 0 {
		return 0, false
	}
	for i := range max(places, len(fraction)) {
		var d uint64
		if i < len(fraction) {
			if d = uint64(fraction[i] - '0'); d > 9 {
				return 0, false
			}
		}
		if i >= places {
			continue
		}
		if n > (math.MaxUint64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

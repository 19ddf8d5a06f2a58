// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"bytes"
	"unicode/utf8"
)

// AppendPrintable appends b, which may be any bytes, to dst as valid UTF-8 without control characters (C0, C1, DEL).
// Other bytes are written as \xNN. So is a backslash in front of an escape that this function writes itself, which keeps
// the result reversible. \x2d, \x20 and other escapes of printable characters are never written here and stay as they
// are.
func AppendPrintable(dst, b []byte) []byte { return appendPrintable(dst, b, isEscape) }

// AppendName is AppendPrintable for names whose makers escape them with \xNN themselves, as systemd does with units:
// every backslash stays, so that the name is the one that other tools show.
func AppendName(dst, b []byte) []byte {
	return appendPrintable(dst, b, func([]byte) bool { return false })
}

func appendPrintable(dst, b []byte, escapes func([]byte) bool) []byte {
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 || isControl(r) || r == '\\' && escapes(b) {
			for _, c := range b[:size] {
				dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&0xf])
			}
		} else {
			dst = append(dst, b[:size]...)
		}
		b = b[size:]
	}
	return dst
}

const hexDigits = "0123456789abcdef"

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }

// isEscape reports whether b starts with an escape as AppendPrintable writes it: of a byte that is a control character, is
// not ASCII, or is a backslash. Its digits are lower case.
func isEscape(b []byte) bool {
	if len(b) < 4 || b[1] != 'x' {
		return false
	}
	n, ok := Hex(b[2:4])
	isLower := bytes.IndexByte([]byte(hexDigits), b[2]) >= 0 && bytes.IndexByte([]byte(hexDigits), b[3]) >= 0
	return ok && isLower && (n < 0x20 || n >= 0x7f || n == '\\')
}

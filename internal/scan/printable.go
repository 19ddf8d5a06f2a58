// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import "unicode/utf8"

// AppendPrintable appends to dst the text b, which may be any bytes, as valid UTF-8 without control characters (C0, C1,
// DEL). What is neither is written as \xNN, byte by byte, and so is a backslash that could be taken for the start of
// such an escape: the bytes can be had back.
func AppendPrintable(dst, b []byte) []byte {
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 || isControl(r) || r == '\\' && isEscape(b) {
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

// isEscape reports whether b starts as \xNN does.
func isEscape(b []byte) bool {
	return len(b) >= 4 && b[1] == 'x' && isHex(b[2]) && isHex(b[3])
}

func isHex(c byte) bool { return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'f' }

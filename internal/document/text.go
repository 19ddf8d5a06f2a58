// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import "unicode/utf8"

// appendString appends a text in quotes. What JSON or JavaScript does not take as it is is escaped; a byte that is not
// UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if plain[c] {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[start:i]...), `\ufffd`...)
		case r == lineSeparator || r == paragraphSeparator:
			dst = append(append(dst, s[start:i]...), `\u202`...)
			dst = append(dst, hexDigits[r&0xf])
		default:
			i += size
			continue
		}
		i += size
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// Both end a line in JavaScript.
const lineSeparator, paragraphSeparator = '\u2028', '\u2029'

// plain are the characters of ASCII that stand for themselves.
var plain = func() (plain [utf8.RuneSelf]bool) {
	for c := range plain {
		plain[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return plain
}()

const hexDigits = "0123456789abcdef"

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}

// begin and finish have a text between them that is appended where it belongs, and of which nothing has to be escaped.
func (w *writer) begin(key string) []byte {
	if w.tree != nil {
		return nil
	}
	return append(append(w.buf, key...), '"')
}

func (w *writer) finish(key string, text []byte) {
	if w.tree != nil {
		w.tree.String(nameOf(key), string(text))
		return
	}
	w.keep(append(text, `",`...))
}

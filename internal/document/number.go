// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"math/bits"
	"strconv"
)

// decimal writes n/10^digits. A number with a point is made of an integer only here, so that none is ever NaN or infinite,
// and that the same digits are in both forms of a document.
func (w *writer) decimal(key string, n int64, digits int) {
	scale := int64(1)
	for range digits {
		scale *= 10
	}
	if w.tree != nil {
		w.tree.Float(nameOf(key), float64(n)/float64(scale))
		return
	}
	b := appendKey(w.buf, key)
	if n < 0 {
		b = append(b, '-')
		n = -n
	}
	b = appendInt(b, n/scale)
	rest := n % scale
	if rest > 0 {
		b = append(b, '.')
	}
	for scale /= 10; rest > 0; scale /= 10 {
		b = append(b, byte('0'+rest/scale))
		rest %= scale
	}
	w.keep(b)
}

// percent writes part/whole in percent, to two digits; nothing of nothing.
func (w *writer) percent(key string, part, whole uint64) {
	if hundredths, ok := mulDiv(part, 100_00, whole); ok {
		w.decimal(key, hundredths, 2)
	}
}

// mulDiv is a*b/c, rounded. It is not ok where there is no such number, or none of a size that anything has.
func mulDiv(a, b, c uint64) (n int64, ok bool) {
	high, low := bits.Mul64(a, b)
	low, carry := bits.Add64(low, c/2, 0)
	high += carry
	if high >= c { // Also of nothing.
		return 0, false
	}
	quotient, _ := bits.Div64(high, low, c)
	return int64(quotient), quotient <= maxNumber
}

// maxNumber, as hundredths, has as many digits as a number of JSON is sure to keep.
const maxNumber = 999_999_999_999_999

// appendInt appends n in base 10. Most numbers of a document are ports, process numbers and small counts, for which strconv
// takes twice as long.
func appendInt(dst []byte, n int64) []byte {
	if n < 0 || n >= 100_000 {
		return strconv.AppendInt(dst, n, 10)
	}
	small := uint32(n)
	ones := byte('0' + small%10)
	switch {
	case small < 10:
		return append(dst, ones)
	case small < 100:
		return append(dst, byte('0'+small/10), ones)
	case small < 1000:
		return append(dst, byte('0'+small/100), byte('0'+small/10%10), ones)
	case small < 10_000:
		return append(dst, byte('0'+small/1000), byte('0'+small/100%10), byte('0'+small/10%10), ones)
	}
	return append(dst, byte('0'+small/10_000), byte('0'+small/1000%10), byte('0'+small/100%10), byte('0'+small/10%10), ones)
}

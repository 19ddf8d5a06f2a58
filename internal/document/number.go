// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"math/bits"

	"github.com/superviz-io/hostprobe/internal/snapshot"
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
	b := w.buf
	b = append(b, key...)
	if n < 0 {
		b = append(b, '-')
		n = -n
	}
	whole := n / scale
	b = appendInt(b, whole)
	if rest := n - whole*scale; rest > 0 {
		b = appendDigits(append(b, '.'), rest, digits)
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	w.keep(append(b, ','))
}

// fraction writes q/10^digits, if it is known.
func (w *writer) fraction(key string, q snapshot.Quantity, digits int) {
	if q.Known {
		w.decimal(key, signed(q.N), digits)
	}
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

// appendInt appends n in base 10: a document is made of numbers for a third, for which strconv takes up to twice as long.
func appendInt(dst []byte, n int64) []byte {
	if n < 0 {
		return appendUint(append(dst, '-'), -uint64(n))
	}
	return appendUint(dst, uint64(n))
}

func appendUint(dst []byte, n uint64) []byte {
	if n >= 100_00 {
		dst = appendUint(dst, n/100_00)
		four := uint32(n % 100_00)
		high, low := &pairs[four/100], &pairs[four%100]
		return append(dst, high[0], high[1], low[0], low[1])
	}
	four := uint32(n)
	high, low := &pairs[four/100], &pairs[four%100]
	switch {
	case four < 10:
		return append(dst, low[1])
	case four < 100:
		return append(dst, low[0], low[1])
	case four < 1000:
		return append(dst, high[1], low[0], low[1])
	}
	return append(dst, high[0], high[1], low[0], low[1])
}

// pairs are the numbers of two digits.
var pairs = func() (pairs [100][2]byte) {
	for n := range pairs {
		pairs[n] = [2]byte{byte('0' + n/10), byte('0' + n%10)}
	}
	return pairs
}()

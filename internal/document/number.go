// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"math/bits"
	"slices"
)

// decimal writes n/10^digits. A number with a point is made of an integer only here, so that none is ever NaN or infinite,
// and that the same digits are in both forms of a document.
func (w *writer) decimal(key string, n int64, digits int) {
	scale := int64(powers[digits])
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

// appendInt appends n in base 10. A document is made of numbers for a third: two digits at a time into where they belong take
// half as long as strconv, which makes them elsewhere.
func appendInt(dst []byte, n int64) []byte {
	u := uint64(n)
	if n < 0 {
		u = -u
		dst = append(dst, '-')
	}
	at := len(dst) + digitsOf(u)
	dst = slices.Grow(dst, maxDigits)[:at]
	for u >= 100 {
		at -= 2
		*(*[2]byte)(dst[at:]) = pairs[u%100]
		u /= 100
	}
	if u < 10 {
		dst[at-1] = byte('0' + u)
		return dst
	}
	*(*[2]byte)(dst[at-2:]) = pairs[u]
	return dst
}

// maxDigits is how many the largest number of 64 bits has.
const maxDigits = 20

// digitsOf is how many digits n has: its bits give that, or one too many.
func digitsOf(n uint64) int {
	digits := bits.Len64(n|1) * 1233 >> 12 // log10 of 2 is 1233/4096.
	if n >= powers[digits] {
		digits++
	}
	return digits
}

var (
	// powers are those of ten that 64 bits hold. The first is 0, for 0 has a digit too.
	powers = func() (powers [maxDigits]uint64) {
		n := uint64(1)
		for i := 1; i < len(powers); i++ {
			n *= 10
			powers[i] = n
		}
		return powers
	}()
	pairs = func() (pairs [100][2]byte) {
		for n := range pairs {
			pairs[n] = [2]byte{byte('0' + n/10), byte('0' + n%10)}
		}
		return pairs
	}()
)

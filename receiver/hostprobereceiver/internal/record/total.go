// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"math"
	"math/bits"
)

// total is a sum of integers, exact in any order. It has 128 bits: the nanoseconds that 64 CPUs count in five years do not fit
// 63.
type total struct {
	high int64
	low  uint64
}

func (t *total) add(v int64) {
	var carry uint64
	t.low, carry = bits.Add64(t.low, uint64(v), 0)
	t.high += v>>63 + int64(carry)
}

// over is t/divisor, rounded once: a larger total never becomes a smaller number. The quotient fits 63 bits.
func (t total) over(divisor uint64) float64 {
	if t.high < 0 {
		var borrow uint64
		t.low, borrow = bits.Sub64(0, t.low, 0)
		t.high = -t.high - int64(borrow)
		return -t.over(divisor)
	}
	const exact = 1 << 53
	if t.high == 0 && t.low < exact && divisor < exact {
		return float64(t.low) / float64(divisor)
	}
	// A quotient of 64 bits. Its last one stands for all that follow, so that the conversion rounds as if it had them.
	whole, rest := bits.Div64(uint64(t.high), t.low, divisor)
	shift := bits.LeadingZeros64(whole)
	fraction, more := bits.Div64(rest>>(64-shift), rest<<shift, divisor)
	quotient := whole<<shift | fraction
	if more > 0 {
		quotient |= 1
	}
	return math.Ldexp(float64(quotient), -shift)
}

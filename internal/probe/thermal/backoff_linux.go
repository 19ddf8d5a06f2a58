// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

// longestRest is, as a power of two, how many scrapes a sensor may be left out.
const longestRest = 6

// backoff leaves out what does not answer in time, for 1, 2, 4 and up to 64 scrapes, each time it is slow again. What answers
// is asked at every scrape from then on; what it has been left out for is forgotten step by step, or one that is slow now
// and then would cost a deadline each time.
type backoff struct {
	step uint8
	rest uint8 // For how many scrapes more.
}

// isDue reports whether it is asked in this scrape. It is called once for each.
func (b *backoff) isDue() bool {
	if b.rest == 0 {
		return true
	}
	b.rest--
	return false
}

// slow says that it did not answer in time.
func (b *backoff) slow() {
	b.rest = 1 << b.step
	b.step = min(b.step+1, longestRest)
}

func (b *backoff) answered() {
	if b.step > 0 {
		b.step--
	}
}

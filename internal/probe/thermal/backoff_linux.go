// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

// maxStep is the power of two of the largest number of scrapes that skip a sensor.
const maxStep = 6

// backoff skips a sensor that timed out for 1, 2, 4 and up to 64 scrapes, twice as many each time. One that responds is
// read at every scrape from then on, but each response takes back one doubling only: otherwise a sensor that is slow now
// and then would cost a deadline each time.
type backoff struct {
	step uint8 // How often the next skip is doubled.
	skip uint8 // The scrapes still to skip.
}

// isDue reports whether the sensor is read in this scrape. It is called once for each.
func (b *backoff) isDue() bool {
	if b.skip == 0 {
		return true
	}
	b.skip--
	return false
}

// timedOut is called when the sensor did not respond in time.
func (b *backoff) timedOut() {
	b.skip = 1 << b.step
	b.step = min(b.step+1, maxStep)
}

// responded is called when the sensor did.
func (b *backoff) responded() {
	if b.step > 0 {
		b.step--
	}
}

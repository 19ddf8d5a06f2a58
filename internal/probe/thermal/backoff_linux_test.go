// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestBackoff lists the scrapes that read a sensor which always times out, and then responds again.
func TestBackoff(t *testing.T) {
	t.Parallel()
	var b backoff
	var reads []int
	for scrape := range 400 {
		if b.isDue() {
			reads = append(reads, scrape)
			b.timedOut()
		}
	}
	assert.Equal(t, []int{0, 2, 5, 10, 19, 36, 69, 134, 199, 264, 329, 394}, reads, "skipped for 1, 2, 4 … 64 scrapes, and no longer")
	for b.skip > 0 {
		assert.False(t, b.isDue())
	}
	for range maxStep {
		assert.True(t, b.isDue(), "a sensor that responds is read at each scrape")
		b.responded()
	}
	b.timedOut()
	assert.EqualValues(t, 1, b.skip, "as many responses as timeouts reset it")
}

// TestNowAndThen: a sensor that often times out does not cost a deadline as often.
func TestNowAndThen(t *testing.T) {
	t.Parallel()
	var b backoff
	reads, slow := 0, 0
	for range 1000 {
		if !b.isDue() {
			continue
		}
		if reads++; reads%4 == 0 {
			b.responded()
		} else {
			b.timedOut()
			slow++
		}
	}
	assert.Less(t, slow, 60)
}

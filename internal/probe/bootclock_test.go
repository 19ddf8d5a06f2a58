// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestBootClock: the boot time is read again only when the wall clock was set, and what has started stays.
func TestBootClock(t *testing.T) {
	t.Parallel()
	const second, day = int64(time.Second), 24 * int64(time.Hour)
	var c bootClock
	began := time.Now()
	boot, reads := int64(0), 0
	step := func(at time.Duration, wall int64) {
		c.update(wall, began.Add(at), func() int64 { reads++; return boot })
	}
	step(0, 100*day)
	assert.Zero(t, c.start, "unknown")
	boot = 100*day - 300*second
	step(time.Second, 100*day+second)
	assert.Equal(t, boot, c.start)
	assert.Equal(t, boot, c.current)
	for i := range int64(10) { // The kernel's estimate moves by a second now and then.
		boot += second
		step(time.Duration(2+i)*time.Second, 100*day+(2+i)*second+second/2)
	}
	assert.Equal(t, 2, reads, "while both clocks agree it is not read")
	assert.Equal(t, 100*day-300*second, c.current)

	boot = 130*day - 312*second // NTP has set the clock.
	step(12*time.Second, 130*day)
	assert.Equal(t, 3, reads)
	assert.Equal(t, 100*day-300*second, c.start, "what has started stays")
	assert.Equal(t, boot, c.current)

	boot = 70*day - 313*second
	step(13*time.Second, 70*day)
	assert.Equal(t, boot, c.current)
	assert.Equal(t, boot, c.start, "no sum starts in the future")

	boot = 75 * day
	step(14*time.Second, 72*day)
	assert.Equal(t, 72*day, c.current, "nor did the host boot there")
	boot = 0
	step(15*time.Second, 90*day)
	assert.Equal(t, 72*day, c.current, "what is known stays")
}

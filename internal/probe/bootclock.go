// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import "time"

// bootClock is when the host booted, in nanoseconds since the Unix epoch. The kernel derives it from the wall clock, so it
// moves when that is set: a board without a real-time clock boots in 1970, and NTP sets it later.
type bootClock struct {
	// start is what the host's sums start at: the first boot time that was known, for a start that moves reads as a reset to
	// backends. Only a clock that is set back beyond it changes it.
	start int64
	// current is the boot time by the clock as it is now. Series that begin later start by it.
	current int64

	wall      int64 // Of the scrape before.
	monotonic time.Time
}

// maxDrift is how far wall and monotonic clock may diverge from one scrape to the next while nothing was set: NTP slews by
// 500 ppm at most.
const maxDrift = int64(time.Second)

// update is called once per scrape with both clocks. read reads the host's boot time, 0 if it is unknown, and is called only
// until it is known, and when the wall clock was set.
func (c *bootClock) update(wall int64, monotonic time.Time, read func() int64) {
	drift := wall - c.wall - int64(monotonic.Sub(c.monotonic))
	if c.current == 0 || drift > maxDrift || drift < -maxDrift {
		// A kernel that took its boot time before the clock was right may have it in the future.
		if boot := min(read(), wall); boot != 0 {
			c.current = boot
		}
	}
	c.wall, c.monotonic = wall, monotonic
	if c.start == 0 || c.start > wall {
		c.start = min(c.current, wall)
	}
}

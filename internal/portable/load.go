// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"math"

	"github.com/shirou/gopsutil/v4/load"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Load fills the load averages of l, and its number of CPUs if it is requested. On Windows gopsutil derives them from
// the processor queue length, which a goroutine of its own samples from the first call on.
func (r *Reader) Load(l *snapshot.Load, cpus bool) error {
	average, err := load.AvgWithContext(r.ctx)
	if err != nil {
		return err
	}
	l.One, l.Five, l.Fifteen = millionths(average.Load1), millionths(average.Load5), millionths(average.Load15)
	if cpus {
		n, err := r.CPUCount()
		if err != nil {
			return err
		}
		l.CPUs = snapshot.Known(uint64(n))
	}
	return nil
}

// millionths is unknown for what is no load: one below 0, or of more tasks than there are numbers for.
func millionths(v float64) snapshot.Quantity {
	const most = 4 << 20
	if !(v >= 0 && v <= most) {
		return snapshot.Quantity{}
	}
	return snapshot.Known(uint64(math.Round(v * 1e6)))
}

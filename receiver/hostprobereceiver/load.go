// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import "github.com/superviz-io/hostprobe/internal/snapshot"

func (p *points) recordLoad(l *snapshot.Load) {
	divisor := 1e6
	if p.cpuAverage {
		if !l.CPUs.Known || l.CPUs.N == 0 {
			return // A load that is not divided would be taken for one that is.
		}
		divisor *= float64(l.CPUs.N)
	}
	for _, average := range [...]struct {
		snapshot.Quantity
		record func(float64)
	}{
		{l.One, p.SystemCPULoadAverage1m.Record}, {l.Five, p.SystemCPULoadAverage5m.Record}, {l.Fifteen, p.SystemCPULoadAverage15m.Record},
	} {
		if average.Known {
			average.record(float64(average.N) / divisor)
		}
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import "github.com/superviz-io/hostprobe/internal/snapshot"

// LoadConfig has the options of the load scraper.
type LoadConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// CPUAverage divides the load averages by the number of logical CPUs online.
	CPUAverage bool `mapstructure:"cpu_average"`

	_ struct{} // Prevents unkeyed literals.
}

var loadMetrics = []string{
	"system.cpu.load_average.15m",
	"system.cpu.load_average.1m",
	"system.cpu.load_average.5m",
}

func wantLoad(cfg *Config, want *snapshot.Want) {
	want.Load.CPUs = cfg.Scrapers.Load.CPUAverage
}

func (p *points) recordLoad(l *snapshot.Load) {
	divisor := 1e6
	if p.cpuAverage {
		if !l.CPUs.Known || l.CPUs.N == 0 {
			return // An undivided load would be mistaken for a divided one.
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

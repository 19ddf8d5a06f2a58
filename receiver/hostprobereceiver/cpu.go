// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// CPUConfig has the options of the cpu scraper.
type CPUConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`

	_ struct{} // Prevents unkeyed literals.
}

var cpuMetrics = []string{
	"system.cpu.frequency",
	"system.cpu.logical.count",
	"system.cpu.physical.count",
	"system.cpu.time",
	"system.cpu.utilization",
}

// wantCPU also reads the times for the number of logical CPUs, which are counted by them.
func wantCPU(cfg *Config, want *snapshot.Want) {
	m := &cfg.Metrics
	want.CPU.Times = m.SystemCPUTime.Enabled || m.SystemCPUUtilization.Enabled || m.SystemCPULogicalCount.Enabled
	want.CPU.PhysicalCount = m.SystemCPUPhysicalCount.Enabled
	want.CPU.Frequencies = m.SystemCPUFrequency.Enabled
}

func wantCPUDocument(_ *Config, want *snapshot.Want) {
	want.CPU.Times, want.CPU.Frequencies = true, true
}

func wantCPURates(want *snapshot.Want) { want.CPU.Times = true }

func (p *points) recordCPU(c *snapshot.CPU) {
	perCPU := p.SystemCPUTime.KeepsCPU()
	for i := range c.Online {
		cpu := &c.Online[i]
		name := p.cpuName(cpu.Number)
		if perCPU {
			p.recordCPUTime(&cpu.Times, name)
		} else { // A series across CPUs would fall by all that a CPU had counted when its counters are reset, or unknown.
			p.recordCPUTime(&cpu.Counted, name)
		}
		p.recordCPUUtilization(&cpu.Since, name)
	}
	if !perCPU {
		// Nor when a CPU goes offline.
		for i := range c.Offline {
			p.recordCPUTime(&c.Offline[i].Counted, p.cpuName(c.Offline[i].Number))
		}
	}
	if n := len(c.Online); n > 0 {
		p.SystemCPULogicalCount.Record(int64(n))
	}
	recordKnown(c.PhysicalCount, p.SystemCPUPhysicalCount.Record)
	for _, f := range c.Frequencies {
		p.SystemCPUFrequency.Record(signed(f.Hertz), p.cpuName(f.Number))
	}
}

// cpuStates are in the order in which they are recorded.
var cpuStates = [snapshot.NumCPUStates]struct {
	snapshot.CPUState
	metadata.AttributeCPUState
}{
	{snapshot.CPUUser, metadata.AttributeCPUStateUser},
	{snapshot.CPUSystem, metadata.AttributeCPUStateSystem},
	{snapshot.CPUIdle, metadata.AttributeCPUStateIdle},
	{snapshot.CPUIRQ, metadata.AttributeCPUStateInterrupt},
	{snapshot.CPUNice, metadata.AttributeCPUStateNice},
	{snapshot.CPUSoftIRQ, metadata.AttributeCPUStateSoftirq},
	{snapshot.CPUSteal, metadata.AttributeCPUStateSteal},
	{snapshot.CPUIOWait, metadata.AttributeCPUStateWait},
}

func (p *points) recordCPUTime(t *snapshot.CPUTimes, cpu string) {
	for _, state := range cpuStates {
		if spent := t[state.CPUState]; spent.Known {
			p.SystemCPUTime.Record(signed(spent.N), cpu, state.AttributeCPUState)
		}
	}
}

// recordCPUUtilization records the shares of the time in all states of which it is known. A CPU that has counted none at all
// has no shares, not even of idle time.
func (p *points) recordCPUUtilization(t *snapshot.CPUTimes, cpu string) {
	total := t.Total()
	if total == 0 {
		return
	}
	for _, state := range cpuStates {
		if spent := t[state.CPUState]; spent.Known {
			p.SystemCPUUtilization.Record(share(spent.N, total), cpu, state.AttributeCPUState)
		}
	}
}

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
		times := cpu.Times
		if !perCPU { // A series across CPUs must not fall when the counters of a CPU are reset.
			times = times.Plus(&cpu.Lost)
		}
		p.recordCPUTime(&times, name)
		if cpu.SinceKnown {
			p.recordCPUUtilization(&cpu.Since, name)
		}
	}
	if !perCPU {
		// Nor when a CPU goes offline.
		for i := range c.Offline {
			times := c.Offline[i].Times.Plus(&c.Offline[i].Lost)
			p.recordCPUTime(&times, p.cpuName(c.Offline[i].Number))
		}
	}
	if n := len(c.Online); n > 0 {
		p.SystemCPULogicalCount.Record(int64(n))
	}
	recordKnown(c.PhysicalCount, p.SystemCPUPhysicalCount.Record)
	for _, f := range c.Frequencies {
		p.SystemCPUFrequency.Record(float64(f.Hertz), p.cpuName(f.Number))
	}
}

func (p *points) recordCPUTime(t *snapshot.CPUTimes, cpu string) {
	m := &p.SystemCPUTime
	m.Record(seconds(t.User), cpu, metadata.AttributeCPUStateUser)
	m.Record(seconds(t.System), cpu, metadata.AttributeCPUStateSystem)
	m.Record(seconds(t.Idle), cpu, metadata.AttributeCPUStateIdle)
	m.Record(seconds(t.IRQ), cpu, metadata.AttributeCPUStateInterrupt)
	m.Record(seconds(t.Nice), cpu, metadata.AttributeCPUStateNice)
	m.Record(seconds(t.SoftIRQ), cpu, metadata.AttributeCPUStateSoftirq)
	m.Record(seconds(t.Steal), cpu, metadata.AttributeCPUStateSteal)
	m.Record(seconds(t.IOWait), cpu, metadata.AttributeCPUStateWait)
}

func (p *points) recordCPUUtilization(t *snapshot.CPUTimes, cpu string) {
	m, total := &p.SystemCPUUtilization, t.Total()
	m.Record(share(t.User, total), cpu, metadata.AttributeCPUStateUser)
	m.Record(share(t.System, total), cpu, metadata.AttributeCPUStateSystem)
	m.Record(share(t.Idle, total), cpu, metadata.AttributeCPUStateIdle)
	m.Record(share(t.IRQ, total), cpu, metadata.AttributeCPUStateInterrupt)
	m.Record(share(t.Nice, total), cpu, metadata.AttributeCPUStateNice)
	m.Record(share(t.SoftIRQ, total), cpu, metadata.AttributeCPUStateSoftirq)
	m.Record(share(t.Steal, total), cpu, metadata.AttributeCPUStateSteal)
	m.Record(share(t.IOWait, total), cpu, metadata.AttributeCPUStateWait)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

func (p *points) recordCPU(c *snapshot.CPU) {
	apart := p.SystemCPUTime.KeepsCPU()
	for i := range c.Online {
		cpu := &c.Online[i]
		name := p.cpuName(cpu.Number)
		times := cpu.Times
		if !apart { // A series across CPUs would fall back by all that a CPU had counted when its counters were reset.
			times = times.Plus(&cpu.Lost)
		}
		p.recordCPUTime(&times, name)
		if cpu.SinceKnown {
			p.recordCPUUtilization(&cpu.Since, name)
		}
	}
	if !apart {
		// So it would when that CPU goes offline.
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
		p.SystemCPUFrequency.Record(signed(f.Hertz), p.cpuName(f.Number))
	}
}

func (p *points) recordCPUTime(t *snapshot.CPUTimes, cpu string) {
	m := &p.SystemCPUTime
	m.Record(signed(t.User), cpu, metadata.AttributeCPUStateUser)
	m.Record(signed(t.System), cpu, metadata.AttributeCPUStateSystem)
	m.Record(signed(t.Idle), cpu, metadata.AttributeCPUStateIdle)
	m.Record(signed(t.IRQ), cpu, metadata.AttributeCPUStateInterrupt)
	m.Record(signed(t.Nice), cpu, metadata.AttributeCPUStateNice)
	m.Record(signed(t.SoftIRQ), cpu, metadata.AttributeCPUStateSoftirq)
	m.Record(signed(t.Steal), cpu, metadata.AttributeCPUStateSteal)
	m.Record(signed(t.IOWait), cpu, metadata.AttributeCPUStateWait)
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

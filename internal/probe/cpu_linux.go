// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// cpuSource reads /proc/stat, /proc/cpuinfo where the frequency is requested, and the topology where the number of
// physical cores is.
type cpuSource struct {
	host     *source.Host
	info     *source.File[procfs.CPUInfo, *procfs.CPUInfo]
	topology topology
}

func newCPUSource(h *source.Host) *cpuSource {
	info := source.NewFile[procfs.CPUInfo](h, "proc/cpuinfo", pseudofs.Records)
	return &cpuSource{host: h, info: info, topology: topology{info: info, calls: h.Calls}}
}

func (c *cpuSource) Read(sc *source.Scrape) (filled bool) {
	want, cpu := &sc.Want.CPU, &sc.Snapshot.CPU
	if want.Times || want.PhysicalCount {
		filled = c.readTimes(sc, cpu)
	}
	if want.PhysicalCount && len(cpu.Online) > 0 {
		c.topology.read(sc, cpu)
	}
	if want.Frequencies {
		filled = c.readFrequencies(sc, cpu) || filled
	}
	return filled
}

func (c *cpuSource) readTimes(sc *source.Scrape, cpu *snapshot.CPU) bool {
	stat := c.host.Stat.Read(sc)
	if stat == nil {
		return false
	}
	for i := range stat.CPU {
		cpu.Online = append(cpu.Online, snapshot.LogicalCPU{
			Number: stat.CPU[i].Number, Times: timesOf(&stat.CPU[i]),
		})
	}
	if len(cpu.Online) == 0 {
		c.host.Stat.Absent(sc)
	}
	return len(cpu.Online) > 0
}

func timesOf(c *procfs.StatCPU) snapshot.CPUTimes {
	return snapshot.CPUTimes{
		snapshot.CPUUser:    source.Ticks(c.User),
		snapshot.CPUNice:    source.Ticks(c.Nice),
		snapshot.CPUSystem:  source.Ticks(c.System),
		snapshot.CPUIdle:    source.Ticks(c.Idle),
		snapshot.CPUIOWait:  source.Ticks(c.IOWait),
		snapshot.CPUIRQ:     source.Ticks(c.IRQ),
		snapshot.CPUSoftIRQ: source.Ticks(c.SoftIRQ),
		snapshot.CPUSteal:   source.Ticks(c.Steal),
	}
}

func (c *cpuSource) readFrequencies(sc *source.Scrape, cpu *snapshot.CPU) bool {
	info := c.info.Read(sc)
	if info == nil {
		return false
	}
	for i := range info.CPU {
		if p := &info.CPU[i]; p.KHz.Known {
			cpu.Frequencies = append(cpu.Frequencies, snapshot.CPUFrequency{Number: p.Number, Hertz: p.KHz.N * 1000})
		}
	}
	if len(cpu.Frequencies) == 0 {
		c.info.Absent(sc) // arm64 does not write it there.
	}
	return len(cpu.Frequencies) > 0
}

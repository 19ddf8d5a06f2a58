// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// cpuSource reads /proc/stat, /proc/cpuinfo where the frequency is asked for, and the topology where the number of
// physical cores is.
type cpuSource struct {
	host     *Host
	info     *kernelFile[procfs.CPUInfo, *procfs.CPUInfo]
	topology topology
}

func newCPUSource(h *Host) *cpuSource {
	info := newKernelFile[procfs.CPUInfo](h, "proc/cpuinfo", pseudofs.Records)
	return &cpuSource{host: h, info: info, topology: topology{info: info, calls: h.calls}}
}

func (c *cpuSource) read(sc *scrape) (filled bool) {
	want, cpu := &sc.want.CPU, &sc.snapshot.CPU
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

func (c *cpuSource) readTimes(sc *scrape, cpu *snapshot.CPU) bool {
	stat := c.host.stat.read(sc)
	if stat == nil {
		return false
	}
	for i := range stat.CPU {
		cpu.Online = append(cpu.Online, snapshot.LogicalCPU{
			Number: stat.CPU[i].Number, Times: timesOf(&stat.CPU[i]),
		})
	}
	if len(cpu.Online) == 0 {
		c.host.stat.absent(sc)
	}
	return len(cpu.Online) > 0
}

func timesOf(c *procfs.StatCPU) snapshot.CPUTimes {
	return snapshot.CPUTimes{
		User:    c.User * nanosecondsPerTick,
		Nice:    c.Nice * nanosecondsPerTick,
		System:  c.System * nanosecondsPerTick,
		Idle:    c.Idle * nanosecondsPerTick,
		IOWait:  c.IOWait * nanosecondsPerTick,
		IRQ:     c.IRQ * nanosecondsPerTick,
		SoftIRQ: c.SoftIRQ * nanosecondsPerTick,
		Steal:   c.Steal * nanosecondsPerTick,
	}
}

func (c *cpuSource) readFrequencies(sc *scrape, cpu *snapshot.CPU) bool {
	info := c.info.read(sc)
	if info == nil {
		return false
	}
	for i := range info.CPU {
		if p := &info.CPU[i]; p.KHz.Known {
			cpu.Frequencies = append(cpu.Frequencies, snapshot.CPUFrequency{Number: p.Number, Hertz: p.KHz.N * 1000})
		}
	}
	if len(cpu.Frequencies) == 0 {
		c.info.absent(sc) // arm64 does not write it there.
	}
	return len(cpu.Frequencies) > 0
}

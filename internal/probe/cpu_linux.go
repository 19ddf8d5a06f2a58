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
	*native
	info     *kernelFile[procfs.CPUInfo, *procfs.CPUInfo]
	topology topology
}

func newCPUSource(n *native) *cpuSource {
	info := newKernelFile[procfs.CPUInfo](n, "proc/cpuinfo", pseudofs.Records)
	return &cpuSource{native: n, info: info, topology: topology{info: info, calls: n.calls}}
}

func (c *cpuSource) read(sc *scrape) (filled bool) {
	want, cpu := &c.options.Want, &sc.snapshot.CPU
	if want.CPUTimes || want.CPUPhysical {
		filled = c.readTimes(sc, cpu)
	}
	if want.CPUPhysical && len(cpu.Online) > 0 {
		c.topology.read(sc, cpu)
	}
	if want.CPUFrequency {
		filled = c.readFrequencies(sc, cpu) || filled
	}
	return filled
}

func (c *cpuSource) readTimes(sc *scrape, cpu *snapshot.CPU) bool {
	stat := c.stat.read(sc)
	if stat == nil {
		return false
	}
	for i := range stat.CPU {
		cpu.Online = append(cpu.Online, snapshot.LogicalCPU{
			Number: stat.CPU[i].Number, Times: timesOf(&stat.CPU[i]),
		})
	}
	if len(cpu.Online) == 0 {
		c.stat.absent(sc)
	}
	return len(cpu.Online) > 0
}

const nanosecondsPerTick = 1_000_000_000 / procfs.TicksPerSecond

func timesOf(c *procfs.StatCPU) snapshot.CPUTimes {
	return snapshot.CPUTimes{
		snapshot.CPUUser:    ticksOf(c.User),
		snapshot.CPUNice:    ticksOf(c.Nice),
		snapshot.CPUSystem:  ticksOf(c.System),
		snapshot.CPUIdle:    ticksOf(c.Idle),
		snapshot.CPUIOWait:  ticksOf(c.IOWait),
		snapshot.CPUIRQ:     ticksOf(c.IRQ),
		snapshot.CPUSoftIRQ: ticksOf(c.SoftIRQ),
		snapshot.CPUSteal:   ticksOf(c.Steal),
	}
}

// ticksOf turns ticks of USER_HZ into nanoseconds.
func ticksOf(ticks procfs.Number) snapshot.Quantity {
	return snapshot.Quantity{N: ticks.N * nanosecondsPerTick, Known: ticks.Known}
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

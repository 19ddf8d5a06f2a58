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
	want     Want
	stat     *statFile
	info     *pseudofs.File
	cpuinfo  procfs.CPUInfo
	topology topology
}

func newCPUSource(fs *pseudofs.FS, stat *statFile, want Want) *cpuSource {
	c := &cpuSource{want: want, stat: stat, info: fs.File("proc/cpuinfo", pseudofs.Records)}
	c.topology = topology{fs: fs, source: c}
	return c
}

func (c *cpuSource) read(sc *scrape) (filled bool) {
	cpu := &sc.snapshot.CPU
	if c.want.CPUTimes || c.want.CPUPhysical {
		filled = c.readTimes(sc, cpu)
	}
	if c.want.CPUPhysical && len(cpu.Online) > 0 {
		c.topology.read(sc, cpu)
	}
	if c.want.CPUFrequency {
		filled = c.readFrequencies(sc, cpu) || filled
	}
	return filled
}

func (c *cpuSource) readTimes(sc *scrape, cpu *snapshot.CPU) bool {
	stat, err := c.stat.read(sc.tick)
	if !sc.usable(c.stat.file.Name(), err) {
		return false
	}
	for i := range stat.CPU {
		cpu.Online = append(cpu.Online, snapshot.LogicalCPU{
			Number: stat.CPU[i].Number, Times: timesOf(&stat.CPU[i]),
		})
	}
	if len(cpu.Online) == 0 && err == nil {
		sc.fault(c.stat.file.Name(), errAbsent)
	}
	return len(cpu.Online) > 0
}

const nanosecondsPerTick = 1_000_000_000 / procfs.TicksPerSecond

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
	err := c.readInfo()
	if !sc.usable(c.info.Name(), err) {
		return false
	}
	for i := range c.cpuinfo.CPU {
		if p := &c.cpuinfo.CPU[i]; p.KHz.Known {
			cpu.Frequencies = append(cpu.Frequencies, snapshot.CPUFrequency{Number: p.Number, Hertz: p.KHz.N * 1000})
		}
	}
	if len(cpu.Frequencies) == 0 && err == nil {
		sc.fault(c.info.Name(), errAbsent) // arm64 does not write it there.
	}
	return len(cpu.Frequencies) > 0
}

func (c *cpuSource) readInfo() error {
	text, err := c.info.Read()
	if parseErr := c.cpuinfo.Parse(text); err == nil {
		err = parseErr
	}
	return err
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/shirou/gopsutil/v4/cpu"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// CPU fills c.Online, and c.PhysicalCount and c.Frequencies where they are requested. On Linux gopsutil reports the
// highest frequency of a CPU where cpufreq knows it, not the current one.
func (r *Reader) CPU(c *snapshot.CPU, physical, frequency bool) error {
	times, err := cpu.TimesWithContext(r.ctx, true)
	if err != nil {
		return err
	}
	if len(times) == 0 {
		return fmt.Errorf("no CPU times")
	}
	for i := range times {
		number, err := strconv.Atoi(strings.TrimPrefix(times[i].CPU, "cpu"))
		if err != nil {
			return fmt.Errorf("CPU number: %w", err)
		}
		c.Online = append(c.Online, snapshot.LogicalCPU{Number: number, Times: cpuTimes(&times[i])})
	}
	if physical {
		n, err := cpu.CountsWithContext(r.ctx, false)
		if err != nil {
			return err
		}
		if n > 0 {
			c.PhysicalCount = snapshot.Known(uint64(n))
		}
	}
	if frequency {
		return r.frequencies(c)
	}
	return nil
}

func cpuTimes(t *cpu.TimesStat) snapshot.CPUTimes {
	return snapshot.CPUTimes{
		snapshot.CPUUser:    nanoseconds(t.User),
		snapshot.CPUNice:    nanoseconds(t.Nice),
		snapshot.CPUSystem:  nanoseconds(t.System),
		snapshot.CPUIdle:    nanoseconds(t.Idle),
		snapshot.CPUIOWait:  nanoseconds(t.Iowait),
		snapshot.CPUIRQ:     nanoseconds(t.Irq),
		snapshot.CPUSoftIRQ: nanoseconds(t.Softirq),
		snapshot.CPUSteal:   nanoseconds(t.Steal),
	}
}

func (r *Reader) frequencies(c *snapshot.CPU) error {
	infos, err := cpu.InfoWithContext(r.ctx)
	if err != nil {
		return err
	}
	for i := range infos {
		if mhz := infos[i].Mhz; mhz > 0 {
			c.Frequencies = append(c.Frequencies, snapshot.CPUFrequency{
				Number: int(infos[i].CPU), Hertz: uint64(mhz*1000+0.5) * 1000,
			})
		}
	}
	return nil
}

// CPUCount is the number of logical CPUs online.
func (r *Reader) CPUCount() (int, error) {
	return cpu.CountsWithContext(r.ctx, true)
}

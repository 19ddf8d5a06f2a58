// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// CPUInfo is what is used of /proc/cpuinfo, whose form every architecture decides for itself.
//
//	processor       : 0
//	cpu MHz         : 2445.404
//	physical id     : 0
//	core id         : 0
//
// PowerPC writes "clock : 3425.000000MHz" and s390 "cpu number : 0" and "cpu MHz dynamic : 5208" instead;
// arm64 has no frequency there at all.
//
// Source: arch/x86/kernel/cpu/proc.c, arch/powerpc/kernel/setup-common.c, arch/s390/kernel/processor.c.
type CPUInfo struct {
	// CPU has the processors in the order of the file. Reused by the next Parse.
	CPU []CPUInfoCPU

	bad scan.LineError
}

// CPUInfoCPU is one processor of /proc/cpuinfo.
type CPUInfoCPU struct {
	Number     int
	KHz        Number // Current frequency.
	PhysicalID Number // Number of the package.
	CoreID     Number // Number of the core inside its package.
}

// Parse reads the text of /proc/cpuinfo. The error is nil or a *scan.LineError, valid until the next Parse.
func (c *CPUInfo) Parse(b []byte) error {
	c.CPU, c.bad = c.CPU[:0], scan.LineError{}
	known := false // Whether the lines being read belong to the last of c.CPU.
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		key, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			continue // Blank lines part the processors.
		}
		value = bytes.TrimSpace(value)
		switch key := bytes.TrimRight(key, " \t"); string(key) {
		case "processor", "cpu number":
			var n uint64
			n, known = scan.Uint(value)
			if known = known && n < maxCPUs && !c.has(int(n)); !known {
				c.bad.Add(number)
				continue
			}
			c.CPU = append(c.CPU, CPUInfoCPU{Number: int(n)})
		case "cpu MHz", "cpu MHz dynamic", "clock", "physical id", "core id":
			if known {
				c.CPU[len(c.CPU)-1].set(&c.bad, number, key, value)
			}
		}
	}
	return c.bad.Err()
}

// has looks only at the last processor: the kernel lists them by rising number.
func (c *CPUInfo) has(number int) bool {
	return len(c.CPU) > 0 && number <= c.CPU[len(c.CPU)-1].Number
}

func (c *CPUInfoCPU) set(bad *scan.LineError, line int, key, value []byte) {
	var field *Number
	var n uint64
	var ok bool
	switch string(key) {
	case "physical id":
		field = &c.PhysicalID
		n, ok = scan.Uint(value)
	case "core id":
		field = &c.CoreID
		n, ok = scan.Uint(value)
	default:
		n, ok = scan.Decimal(bytes.TrimSuffix(value, []byte("MHz")), 3)
		if ok && (n == 0 || n > maxKHz) { // 0 is what a kernel writes that does not know, as those of some virtual machines.
			bad.AddField(line, "cpu MHz")
			return
		}
		field = &c.KHz
	}
	if !ok {
		bad.Add(line)
		return
	}
	*field = Number{n, true}
}

// maxKHz is far above any frequency, and far below one that has stepped below zero in 32 bits: 100 GHz.
const maxKHz = 100_000_000

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import "github.com/superviz-io/hostprobe/internal/scan"

// SoftnetStat is what is used of /proc/net/softnet_stat: a line for each CPU that is online, in hexadecimal.
//
//	00005fa5 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001 …
//
// Source: net/core/net-procfs.c, softnet_seq_show. The columns are those of packets processed, packets dropped because the
// backlog was full, and of times that the softirq ended with work left over; the 13th, since Linux 5.10, is the number of the
// CPU. All count to 2^32 and begin again. It is the same in every network namespace.
type SoftnetStat struct {
	// CPUs has one element for each line, in the order of the file. Reused by the next Parse.
	CPUs []SoftnetCPU
	// Numbered says that the lines have the numbers of their CPUs.
	Numbered bool

	bad scan.LineError
}

// SoftnetCPU is one line.
type SoftnetCPU struct {
	// Number is that of the CPU. Before Linux 5.10 it is that of the line, from 0: while a CPU is offline, all behind it have
	// other lines.
	Number               int
	Dropped, TimeSqueeze Number // Of 32 bits.
}

// Parse reads the text of /proc/net/softnet_stat. The error is nil or a *scan.LineError, valid until the next Parse.
func (s *SoftnetStat) Parse(b []byte) error {
	s.CPUs, s.Numbered, s.bad = s.CPUs[:0], true, scan.LineError{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		cpu, numbered, ok := parseSoftnet(line, number-1)
		if !ok || len(s.CPUs) == maxCPUs {
			s.bad.Add(number)
			continue
		}
		s.CPUs, s.Numbered = append(s.CPUs, cpu), s.Numbered && numbered
		if !cpu.Dropped.Known {
			s.bad.AddField(number, "dropped")
		}
		if !cpu.TimeSqueeze.Known {
			s.bad.AddField(number, "time_squeeze")
		}
	}
	return s.bad.Err()
}

// softnetDigits is how many each column has.
const softnetDigits = 8

func parseSoftnet(line []byte, number int) (cpu SoftnetCPU, numbered, ok bool) {
	const dropped, timeSqueeze, index = 1, 2, 12
	cpu.Number = number
	columns := 0
	for ; ; columns++ {
		var field []byte
		if field, line = scan.Field(line); len(field) == 0 {
			break
		}
		switch columns {
		case dropped:
			cpu.Dropped = softnetNumber(field)
		case timeSqueeze:
			cpu.TimeSqueeze = softnetNumber(field)
		case index:
			n := softnetNumber(field)
			if !n.Known || n.N >= maxCPUs {
				return cpu, false, false
			}
			cpu.Number = int(n.N)
		}
	}
	return cpu, columns > index, columns > timeSqueeze && cpu.Number < maxCPUs
}

func softnetNumber(field []byte) Number {
	n, ok := scan.Hex(field)
	if !ok || len(field) != softnetDigits {
		return Number{}
	}
	return Number{n, true}
}

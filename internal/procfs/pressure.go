// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// Pressure is a file of /proc/pressure: how long tasks waited for one resource.
//
//	some avg10=0.00 avg60=0.00 avg300=0.00 total=371402955
//	full avg10=0.00 avg60=0.00 avg300=0.00 total=0
//
// Source: Documentation/accounting/psi.rst; kernel/sched/psi.c, psi_show.
type Pressure struct {
	Some Stall // At least one task waited.
	Full Stall // All tasks that were not idle waited.

	bad scan.LineError
}

// Stall is one line of a file of /proc/pressure.
type Stall struct {
	Known                bool
	Avg10, Avg60, Avg300 uint64 // Share of the last 10, 60 and 300 seconds, in hundredths of a percent.
	Total                uint64 // Since boot, in microseconds.
}

// Parse reads the text of a file of /proc/pressure. The error is nil or a *scan.LineError, valid until the next Parse.
func (p *Pressure) Parse(b []byte) error {
	*p = Pressure{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		kind, values := scan.Field(line)
		var stall *Stall
		switch string(kind) {
		case "some":
			stall = &p.Some
		case "full":
			stall = &p.Full
		default:
			p.bad.Add(number)
			continue
		}
		if parsed, ok := parseStall(values); ok {
			*stall = parsed
		} else {
			p.bad.Add(number)
		}
	}
	return p.bad.Err()
}

func parseStall(b []byte) (s Stall, ok bool) {
	for _, field := range [...]struct {
		name   string
		places int
		value  *uint64
	}{{"avg10", 2, &s.Avg10}, {"avg60", 2, &s.Avg60}, {"avg300", 2, &s.Avg300}, {"total", 0, &s.Total}} {
		var text []byte
		text, b = scan.Field(b)
		name, value, _ := bytes.Cut(text, []byte{'='})
		if *field.value, ok = scan.Decimal(value, field.places); !ok || string(name) != field.name {
			return Stall{}, false
		}
	}
	s.Known = true
	return s, s.Total <= maxMicroseconds
}

// maxMicroseconds keeps the nanoseconds within 63 bits: 292 years.
const maxMicroseconds = (1<<63 - 1) / 1000

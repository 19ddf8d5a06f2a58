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
	Avg10, Avg60, Avg300 Number // Share of the last 10, 60 and 300 seconds, in hundredths of a percent.
	Total                Number // Since boot, in microseconds.
}

// Parse reads the contents of a file of /proc/pressure. The error is nil or a *scan.LineError, valid until the next Parse.
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
		parsed, ok := parseStall(values)
		if !ok {
			p.bad.Add(number)
			continue
		}
		*stall = parsed
		for i, n := range [...]Number{parsed.Avg10, parsed.Avg60, parsed.Avg300, parsed.Total} {
			if !n.Known {
				p.bad.AddField(number, stallFields[i].name)
			}
		}
	}
	return p.bad.Err()
}

// stallFields are the fields of a line, in their order.
var stallFields = [...]struct {
	name   string
	places int
	most   uint64
}{{"avg10", 2, allTheTime}, {"avg60", 2, allTheTime}, {"avg300", 2, allTheTime}, {"total", 0, maxMicroseconds}}

func parseStall(b []byte) (s Stall, ok bool) {
	for i, value := range [...]*Number{&s.Avg10, &s.Avg60, &s.Avg300, &s.Total} {
		var text []byte
		text, b = scan.Field(b)
		name, digits, _ := bytes.Cut(text, []byte{'='})
		field := &stallFields[i]
		if string(name) != field.name {
			return Stall{}, false
		}
		if n, ok := scan.Decimal(digits, field.places); ok && n <= field.most {
			*value = Number{n, true}
		}
	}
	return s, true
}

const (
	// allTheTime is 100 %.
	allTheTime = 100_00
	// maxMicroseconds keeps the nanoseconds within 63 bits: 292 years.
	maxMicroseconds = (1<<63 - 1) / 1000
)

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

const pressureText = `some avg10=40.05 avg60=35.89 avg300=22.66 total=371402955
full avg10=0.00 avg60=0.01 avg300=100.00 total=12
`

func TestPressure(t *testing.T) {
	var p Pressure
	malformed(t, &p, pressureText, 0, 0)
	assert.Equal(t, Pressure{
		Some: Stall{known(4005), known(3589), known(2266), known(371402955)},
		Full: Stall{known(0), known(1), known(10000), known(12)},
	}, p)

	malformed(t, &p, "full avg10=0.00 avg60=0.00 avg300=0.00 total=5", 0, 0)
	assert.Equal(t, Pressure{Full: Stall{known(0), known(0), known(0), known(5)}}, p, "irq has no some")
}

func TestPressureMalformed(t *testing.T) {
	const full = "full avg10=0.00 avg60=0.00 avg300=0.00 total=5\n"
	for name, some := range map[string]string{
		"cut off":      "some avg10=0.00 avg60=0.00 avg300=0.00\n",
		"other kind":   "most avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
		"other name":   "some avg1=0.00 avg60=0.00 avg300=0.00 total=1\n",
		"other order":  "some avg60=0.00 avg10=0.00 avg300=0.00 total=1\n",
		"an empty one": "\n",
	} {
		t.Run(name, func(t *testing.T) {
			var p Pressure
			malformed(t, &p, some+full, 1, 1)
			assert.Equal(t, Stall{}, p.Some)
			assert.Equal(t, known(5), p.Full.Total, "the other line is kept")
		})
	}
}

// FuzzPressure writes what was read as the kernel does and reads it again.
func TestPressureImplausible(t *testing.T) {
	const full = "full avg10=0.00 avg60=0.00 avg300=0.00 total=5\n"
	all := Stall{known(1), known(2), known(3), known(4)}
	for _, tt := range []struct {
		field, value string
		change       func(*Stall)
	}{
		{"avg10", "high", func(s *Stall) { s.Avg10 = Number{} }},
		{"avg10", "100.01", func(s *Stall) { s.Avg10 = Number{} }},
		{"avg60", "184467440737095516.15", func(s *Stall) { s.Avg60 = Number{} }},
		{"avg300", "-0.01", func(s *Stall) { s.Avg300 = Number{} }},
		{"total", "9223372036854776", func(s *Stall) { s.Total = Number{} }},
		{"total", "18446744073709551613", func(s *Stall) { s.Total = Number{} }},
	} {
		text := regexp.MustCompile(tt.field+`=[^ ]*`).ReplaceAllString("some avg10=0.01 avg60=0.02 avg300=0.03 total=4", tt.field+"="+tt.value)
		var p Pressure
		implausible(t, &p, text+"\n"+full, tt.field, 1, 1)
		want := all
		tt.change(&want)
		assert.Equal(t, want, p.Some)
		assert.Equal(t, known(5), p.Full.Total)
	}
}

func FuzzPressure(f *testing.F) {
	f.Add(pressureText)
	f.Fuzz(func(t *testing.T, text string) {
		var p, again Pressure
		_ = p.Parse([]byte(text))
		written := ""
		for kind, s := range map[string]*Stall{"some": &p.Some, "full": &p.Full} {
			if *s == (Stall{}) {
				continue
			}
			written += kind
			for i, n := range [...]Number{s.Avg10, s.Avg60, s.Avg300} {
				if written += " " + stallFields[i].name + "="; n.Known {
					written += fmt.Sprintf("%d.%02d", n.N/100, n.N%100)
				}
			}
			written += fmt.Sprintf(" total=%d\n", number(s.Total))
		}
		_ = again.Parse([]byte(written))
		assert.Zero(t, again.bad.Count)
		assert.Equal(t, p.Some, again.Some)
		assert.Equal(t, p.Full, again.Full)
	})
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
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
		Some: Stall{true, 4005, 3589, 2266, 371402955},
		Full: Stall{true, 0, 1, 10000, 12},
	}, p)

	malformed(t, &p, "full avg10=0.00 avg60=0.00 avg300=0.00 total=5", 0, 0)
	assert.Equal(t, Pressure{Full: Stall{Known: true, Total: 5}}, p, "irq has no some")
}

func TestPressureMalformed(t *testing.T) {
	const full = "full avg10=0.00 avg60=0.00 avg300=0.00 total=5\n"
	for name, some := range map[string]string{
		"cut off":      "some avg10=0.00 avg60=0.00 avg300=0.00\n",
		"other kind":   "most avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
		"other name":   "some avg1=0.00 avg60=0.00 avg300=0.00 total=1\n",
		"other order":  "some avg60=0.00 avg10=0.00 avg300=0.00 total=1\n",
		"no number":    "some avg10=high avg60=0.00 avg300=0.00 total=1\n",
		"beyond time":  "some avg10=0.00 avg60=0.00 avg300=0.00 total=9223372036854776\n",
		"an empty one": "\n",
	} {
		t.Run(name, func(t *testing.T) {
			var p Pressure
			malformed(t, &p, some+full, 1, 1)
			assert.Equal(t, Stall{}, p.Some)
			assert.Equal(t, uint64(5), p.Full.Total, "the other line is kept")
		})
	}
}

// FuzzPressure writes what was read as the kernel does and reads it again.
func FuzzPressure(f *testing.F) {
	f.Add(pressureText)
	f.Fuzz(func(t *testing.T, text string) {
		var p, again Pressure
		_ = p.Parse([]byte(text))
		written := ""
		for kind, s := range map[string]*Stall{"some": &p.Some, "full": &p.Full} {
			if s.Known {
				written += fmt.Sprintf("%s avg10=%d.%02d avg60=%d.%02d avg300=%d.%02d total=%d\n",
					kind, s.Avg10/100, s.Avg10%100, s.Avg60/100, s.Avg60%100, s.Avg300/100, s.Avg300%100, s.Total)
			}
		}
		assert.NoError(t, again.Parse([]byte(written)))
		assert.Equal(t, p.Some, again.Some)
		assert.Equal(t, p.Full, again.Full)
	})
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const cpuinfoText = `processor	: 0
vendor_id	: GenuineIntel
model name	: Some CPU @ 2.40GHz
cpu MHz		: 2445.404
physical id	: 0
core id		: 0
flags		: fpu vme de

processor	: 1
cpu MHz		: 2400.000
physical id	: 1
core id		: 7
`

func TestCPUInfo(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []CPUInfoCPU
	}{
		"x86": {cpuinfoText, []CPUInfoCPU{
			{Number: 0, KHz: Number{2445404, true}, PhysicalID: Number{0, true}, CoreID: Number{0, true}},
			{Number: 1, KHz: Number{2400000, true}, PhysicalID: Number{1, true}, CoreID: Number{7, true}},
		}},
		"arm64": {
			"processor\t: 0\nBogoMIPS\t: 50.00\nCPU part\t: 0xd0c\n\nprocessor\t: 3\n",
			[]CPUInfoCPU{{Number: 0}, {Number: 3}},
		},
		"powerpc": {
			"processor\t: 8\ncpu\t\t: POWER9, altivec supported\nclock\t\t: 3425.000000MHz\n\ntimebase\t: 512000000\n",
			[]CPUInfoCPU{{Number: 8, KHz: Number{3425000, true}}},
		},
		"s390": {
			"vendor_id       : IBM/S390\nprocessor 0: version = FF,  identification = 2733E8\n\n" +
				"cpu number      : 0\ncpu MHz dynamic : 5208\ncpu MHz static  : 5208\n",
			[]CPUInfoCPU{{Number: 0, KHz: Number{5208000, true}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var c CPUInfo
			malformed(t, &c, tt.text, 0, 0)
			assert.Equal(t, tt.want, c.CPU)
		})
	}
}

func TestCPUInfoMalformed(t *testing.T) {
	for name, tt := range map[string]struct {
		text         string
		first, count int
		want         []CPUInfoCPU
	}{
		"number": {"processor: x\ncpu MHz: 1\nprocessor: 1\n", 1, 1, []CPUInfoCPU{{Number: 1}}},
		"twice":  {"processor: 1\nprocessor: 1\ncpu MHz: 1\n", 2, 1, []CPUInfoCPU{{Number: 1}}},
		"MHz": {
			"processor: 1\ncpu MHz: unknown\ncore id: 2\n", 2, 1,
			[]CPUInfoCPU{{Number: 1, CoreID: Number{2, true}}},
		},
		"no processor": {"cpu MHz: 5\n", 0, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var c CPUInfo
			malformed(t, &c, tt.text, tt.first, tt.count)
			assert.Equal(t, tt.want, c.CPU)
		})
	}
}

// TestCPUInfoImplausible: a frequency of 0 is unknown, as is one that nothing runs at.
func TestCPUInfoImplausible(t *testing.T) {
	for _, mhz := range []string{"0.000", "0", "4294967.295", "18446744073709551.615", "99999999999999"} {
		var c CPUInfo
		implausible(t, &c, "processor: 0\ncpu MHz: "+mhz+"\ncore id: 2\nprocessor: 1\ncpu MHz: 2400.000\n", "cpu MHz", 2, 1)
		assert.Equal(t, []CPUInfoCPU{{Number: 0, CoreID: Number{2, true}}, {Number: 1, KHz: Number{2400000, true}}}, c.CPU)
	}
}

// FuzzCPUInfo writes what was read in one form and reads it again.
func FuzzCPUInfo(f *testing.F) {
	f.Add(cpuinfoText)
	f.Add("cpu number : 3\nclock : 1.5MHz\nphysical id: 2\n")
	f.Fuzz(func(t *testing.T, text string) {
		var c, again CPUInfo
		_ = c.Parse([]byte(text))
		var b strings.Builder
		for i := range c.CPU {
			p := &c.CPU[i]
			fmt.Fprintf(&b, "processor\t: %d\n", p.Number)
			if p.KHz.Known {
				fmt.Fprintf(&b, "cpu MHz\t\t: %d.%03d\n", p.KHz.N/1000, p.KHz.N%1000)
			}
			if p.PhysicalID.Known {
				fmt.Fprintf(&b, "physical id\t: %d\n", p.PhysicalID.N)
			}
			if p.CoreID.Known {
				fmt.Fprintf(&b, "core id\t: %d\n", p.CoreID.N)
			}
		}
		assert.NoError(t, again.Parse([]byte(b.String())))
		assert.Equal(t, c.CPU, again.CPU)
	})
}

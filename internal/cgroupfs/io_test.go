// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const ioMaxText = "8:16 rbps=2097152 wbps=max riops=max wiops=120\n253:0 rbps=max wbps=1048576 riops=max wiops=max\n"

func TestIOMax(t *testing.T) {
	var m IOMax
	malformed(t, &m, ioMaxText, 0, 0)
	assert.Equal(t, []DeviceMax{
		{Major: 8, Minor: 16, RBPS: Number{2097152, true}},
		{Major: 253, Minor: 0, WBPS: Number{1048576, true}},
	}, m.Devices)
	malformed(t, &m, "", 0, 0)
	assert.Empty(t, m.Devices)
	malformed(t, &m, "8:0\n8:1 rbps=1 later=max\n", 0, 0)
	assert.Equal(t, []DeviceMax{{Major: 8}, {Major: 8, Minor: 1, RBPS: Number{1, true}}}, m.Devices)
	for text, first := range map[string]int{
		"8 rbps=1\n": 1, "8:x rbps=1\n": 1, ":0 rbps=1\n": 1, "8:0 rbps=1\n\n": 2, "4294967296:0 rbps=1\n": 1,
	} {
		malformed(t, &m, text, first, 1)
	}
	implausible(t, &m, "8:0 rbps=x wbps=5\n8:16 rbps=1\n", "rbps", 1)
	assert.Equal(t, []DeviceMax{{Major: 8, WBPS: Number{5, true}}, {Major: 8, Minor: 16, RBPS: Number{1, true}}}, m.Devices)
	implausible(t, &m, "8:0 wbps= rbps=1\n", "wbps", 1)
	assert.Equal(t, []DeviceMax{{Major: 8, RBPS: Number{1, true}}}, m.Devices)
	_ = m.Parse([]byte(strings.Repeat("8:0 rbps=1\n", MaxDevices+1)))
	assert.Len(t, m.Devices, MaxDevices)
}

func TestThrottleBPS(t *testing.T) {
	var p ThrottleBPS
	malformed(t, &p, "8:0 1048576\n8:16 2097152\n", 0, 0)
	assert.Equal(t, []DeviceBPS{{8, 0, 1048576}, {8, 16, 2097152}}, p.Devices)
	malformed(t, &p, "", 0, 0)
	assert.Empty(t, p.Devices)
	for text, first := range map[string]int{"8:0\n": 1, "8:0 x\n": 1, "8:0 1\nTotal 1\n": 2, "8:0 1 2\n": 1, "8:0:1 2\n": 1} {
		malformed(t, &p, text, first, 1)
	}
	_ = p.Parse([]byte(strings.Repeat("8:0 1\n", MaxDevices+1)))
	assert.Len(t, p.Devices, MaxDevices)
}

// FuzzIOMax has back what was written, and holds anything else against the standard library.
func FuzzIOMax(f *testing.F) {
	f.Add(ioMaxText)
	f.Add("8:0 1048576\n")
	f.Fuzz(func(t *testing.T, text string) {
		var m IOMax
		var p ThrottleBPS
		_, _ = m.Parse([]byte(text)), p.Parse([]byte(text))
		var throttled []string
		for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			device, value, ok := strings.Cut(line, " ")
			major, minor, _ := strings.Cut(device, ":")
			x, errMajor := strconv.ParseUint(major, 10, 32)
			y, errMinor := strconv.ParseUint(minor, 10, 32)
			n, err := strconv.ParseUint(value, 10, 64)
			if ok && errMajor == nil && errMinor == nil && err == nil {
				throttled = append(throttled, fmt.Sprint(x, y, n))
			}
		}
		var got []string
		for _, d := range p.Devices {
			got = append(got, fmt.Sprint(d.Major, d.Minor, d.BPS))
		}
		assert.Equal(t, throttled[:min(len(throttled), MaxDevices)], append([]string(nil), got...))

		var again IOMax
		var written strings.Builder
		for _, d := range m.Devices {
			fmt.Fprintf(&written, "%d:%d rbps=%s wbps=%s riops=max wiops=max\n", d.Major, d.Minor, limitText(d.RBPS), limitText(d.WBPS))
		}
		assert.NoError(t, again.Parse([]byte(written.String())))
		assert.Equal(t, append([]DeviceMax(nil), m.Devices...), append([]DeviceMax(nil), again.Devices...))
	})
}

func limitText(n Number) string {
	if !n.Known {
		return "max"
	}
	return strconv.FormatUint(n.N, 10)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"bytes"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// MaxDevices is how many devices of one file are read. Administrators and runtimes set limits for few.
const MaxDevices = 1024

// IOMax is io.max of version 2: what a group may read from and write to block devices. Operations per second are ignored.
//
//	8:16 rbps=2097152 wbps=max riops=max wiops=120
//
// Source: Documentation/admin-guide/cgroup-v2.rst, "IO Interface Files".
type IOMax struct {
	// Devices has one element for each line. Reused by the next Parse.
	Devices []DeviceMax

	bad scan.LineError
}

// DeviceMax is what a group may do with one device, in bytes per second, unknown where no limit is set.
type DeviceMax struct {
	Major, Minor uint32
	RBPS, WBPS   Number
}

// Parse reads the text of io.max. The error is nil or a *scan.LineError, valid until the next Parse.
func (m *IOMax) Parse(b []byte) error {
	m.Devices, m.bad = m.Devices[:0], scan.LineError{}
	for number := 1; len(b) > 0 && len(m.Devices) < MaxDevices; number++ {
		var line []byte
		line, b = scan.Line(b)
		device, ok := m.parseDevice(number, line)
		if !ok {
			m.bad.Add(number)
			continue
		}
		m.Devices = append(m.Devices, device)
	}
	return m.bad.Err()
}

func (m *IOMax) parseDevice(number int, line []byte) (d DeviceMax, ok bool) {
	device, line := scan.Field(line)
	if d.Major, d.Minor, ok = deviceNumber(device); !ok {
		return d, false
	}
	for word, rest := scan.Field(line); len(word) > 0; word, rest = scan.Field(rest) {
		key, value, _ := bytes.Cut(word, []byte{'='})
		switch string(key) {
		case "rbps":
			if d.RBPS, ok = limitOf(value); !ok {
				m.bad.AddField(number, "rbps")
			}
		case "wbps":
			if d.WBPS, ok = limitOf(value); !ok {
				m.bad.AddField(number, "wbps")
			}
		}
	}
	return d, true
}

// ThrottleBPS is blkio.throttle.read_bps_device and blkio.throttle.write_bps_device of version 1: bytes per second.
//
//	8:0 1048576
//
// Source: Documentation/admin-guide/cgroup-v1/blkio-controller.rst, "Throttling/Upper limit policy files". Groups of
// version 1 are limited one by one: what is above does not count.
type ThrottleBPS struct {
	// Devices has one element for each line. Reused by the next Parse.
	Devices []DeviceBPS

	bad scan.LineError
}

// DeviceBPS is one line.
type DeviceBPS struct {
	Major, Minor uint32
	BPS          uint64
}

// Parse reads the text of either file. The error is nil or a *scan.LineError, valid until the next Parse.
func (t *ThrottleBPS) Parse(b []byte) error {
	t.Devices, t.bad = t.Devices[:0], scan.LineError{}
	for number := 1; len(b) > 0 && len(t.Devices) < MaxDevices; number++ {
		var line []byte
		line, b = scan.Line(b)
		device, value, _ := bytes.Cut(line, []byte{' '})
		var d DeviceBPS
		var okDevice, okValue bool
		d.Major, d.Minor, okDevice = deviceNumber(device)
		d.BPS, okValue = scan.Uint(value)
		if !okDevice || !okValue {
			t.bad.Add(number)
			continue
		}
		t.Devices = append(t.Devices, d)
	}
	return t.bad.Err()
}

// deviceNumber reads the numbers of a device, as in 8:16.
func deviceNumber(b []byte) (major, minor uint32, ok bool) {
	first, second, _ := bytes.Cut(b, []byte{':'})
	x, okMajor := scan.Uint(first)
	y, okMinor := scan.Uint(second)
	return uint32(x), uint32(y), okMajor && okMinor && x <= math.MaxUint32 && y <= math.MaxUint32
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// Trip is what happens at a trip point of a thermal zone.
type Trip uint8

// The types of trip points.
const (
	TripUnknown  Trip = iota // One that this package does not know.
	TripActive               // Fans begin to turn.
	TripPassive              // The hardware is slowed down.
	TripHot                  // Listeners are warned.
	TripCritical             // The host is switched off.
)

// ParseTrip reads /sys/class/thermal/thermal_zone*/trip_point_*_type.
//
// Source: Documentation/driver-api/thermal/sysfs-api.rst; drivers/thermal/thermal_trip.c, trip_type_names.
func ParseTrip(b []byte) Trip {
	line, _ := scan.Line(b)
	switch string(line) {
	case "active":
		return TripActive
	case "passive":
		return TripPassive
	case "hot":
		return TripHot
	case "critical":
		return TripCritical
	}
	return TripUnknown
}

// TripTemp reads the name of a file of a thermal zone: trip_point_3_temp is the temperature of trip point 3.
func TripTemp(name []byte) (number uint32, ok bool) {
	name, isTrip := bytes.CutPrefix(name, []byte("trip_point_"))
	digits, isTemp := bytes.CutSuffix(name, []byte("_temp"))
	number, ok = index(digits)
	return number, ok && isTrip && isTemp
}

// ZoneOf returns the entry of /sys/class/thermal, as thermal_zone0, that a device is, if it is one: a thermal zone that
// the kernel shows as hwmon device too.
//
// Source: drivers/thermal/thermal_hwmon.c. All zones of one type share the hwmon device of the first of them.
func ZoneOf(device []byte) (entry []byte, ok bool) {
	entry, ok = bytes.CutPrefix(device, []byte("devices/virtual/thermal/"))
	if !ok {
		return nil, false
	}
	_, ok = Numbered(entry, "thermal_zone")
	return entry, ok
}

// NamedAfter reports whether a hwmon device has the name of a thermal zone of this type, which is all that says that it shows
// the zone where the kernel is so old that it makes such a device without a parent.
func NamedAfter(hwmon, zoneType []byte) bool {
	if len(hwmon) != len(zoneType) {
		return false
	}
	for i, c := range zoneType {
		if c == '-' {
			c = '_'
		}
		if hwmon[i] != c && hwmon[i] != zoneType[i] {
			return false
		}
	}
	return true
}

// IsPolicyZone reports whether a thermal zone of this type stands for the policies of Intel's DPTF and not for a sensor: its
// driver always returns 20 °C.
//
// Source: drivers/thermal/intel/int340x_thermal/int3400_thermal.c, int3400_thermal_get_temp, "faked temp sensor with 20C".
func IsPolicyZone(zoneType []byte) bool { return string(zoneType) == "INT3400 Thermal" }

// AppendTarget appends to dst the path below /sys that a symbolic link in the directory dir, also below /sys, leads to.
//
//	devices/virtual/thermal/thermal_zone0, ../../../LNXSYSTM:00/LNXTHERM:00        devices/LNXSYSTM:00/LNXTHERM:00
func AppendTarget(dst, dir, target []byte) (path []byte, ok bool) {
	for {
		rest, up := bytes.CutPrefix(target, []byte("../"))
		if !up {
			break
		}
		if len(dir) == 0 {
			return dst, false
		}
		dir, _ = cutLast(dir)
		target = rest
	}
	start := len(dst)
	dst = append(append(append(dst, dir...), '/'), target...)
	return dst, bytes.HasPrefix(dst[start:], []byte("devices/")) && len(target) > 0
}

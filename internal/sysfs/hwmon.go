// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"bytes"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// LinkedDevice returns the path below /sys of the directory that an entry of a class leads to.
//
//	/sys/class/hwmon/hwmon3 -> ../../devices/platform/coretemp.0/hwmon/hwmon3
//
// It is devices/platform/coretemp.0/hwmon/hwmon3 there.
func LinkedDevice(target []byte) (path []byte, ok bool) {
	path, ok = bytes.CutPrefix(target, []byte("../../"))
	return path, ok && bytes.HasPrefix(path, []byte("devices/"))
}

// HwmonParent returns the device whose hwmon device is at path: the directory above it, or above that if it is hwmon, which
// the kernel puts between devices of a bus and those of a class.
//
//	devices/platform/coretemp.0/hwmon/hwmon3                              devices/platform/coretemp.0
//	devices/virtual/thermal/thermal_zone0/hwmon0                          devices/virtual/thermal/thermal_zone0
//	devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/hwmon1        devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0
//	devices/virtual/hwmon/hwmon2                                          devices/virtual: it has none
//
// Source: drivers/base/core.c, get_device_parent.
func HwmonParent(path []byte) []byte {
	parent, _ := cutLast(path)
	if above, last := cutLast(parent); string(last) == "hwmon" {
		return above
	}
	return parent
}

// StableDevice returns the device above an NVMe controller, which is numbered in the order in which controllers are found, and
// every other device as it is.
func StableDevice(device []byte) []byte {
	class, controller := cutLast(device)
	above, last := cutLast(class)
	if _, ok := Numbered(controller, "nvme"); ok && string(last) == "nvme" {
		return above
	}
	return device
}

// cutLast returns the directory of a path and its last component.
func cutLast(path []byte) (dir, last []byte) {
	slash := bytes.LastIndexByte(path, '/')
	return path[:max(slash, 0)], path[slash+1:]
}

// Numbered returns the number of an entry whose name is prefix and a number, as hwmon3.
func Numbered(entry []byte, prefix string) (number uint32, ok bool) {
	if len(entry) <= len(prefix) || string(entry[:len(prefix)]) != prefix {
		return 0, false
	}
	return index(entry[len(prefix):])
}

// index reads a number as the kernel writes it into names: without a zero in front.
func index(digits []byte) (number uint32, ok bool) {
	n, ok := scan.Uint(digits)
	return uint32(n), ok && n <= math.MaxInt32 && (digits[0] != '0' || len(digits) == 1)
}

// TempFiles is which files a channel of a hwmon device has.
type TempFiles uint8

// The files, by the ends of their names: temp1_input and so on.
const (
	TempInput TempFiles = 1 << iota // The temperature.
	TempLabel                       // What it is the temperature of.
	TempMax                         // The largest that is not too much.
	TempCrit                        // From where on the hardware is in danger.
	TempFault                       // 1 if the sensor does not work, and what input says means nothing.
)

// HwmonTemp reads the name of a file of a hwmon device: temp12_input belongs to channel 12.
//
// Source: Documentation/hwmon/sysfs-interface.rst; Documentation/ABI/testing/sysfs-class-hwmon.
func HwmonTemp(name []byte) (channel uint32, file TempFiles, ok bool) {
	name, ok = bytes.CutPrefix(name, []byte("temp"))
	digits, end, cut := bytes.Cut(name, []byte{'_'})
	if !ok || !cut {
		return 0, 0, false
	}
	switch string(end) {
	case "input":
		file = TempInput
	case "label":
		file = TempLabel
	case "max":
		file = TempMax
	case "crit":
		file = TempCrit
	case "fault":
		file = TempFault
	default:
		return 0, 0, false
	}
	channel, ok = index(digits)
	return channel, file, ok
}

// Millidegrees reads a file with a temperature in thousandths of a degree Celsius: temp*_input, temp*_max and temp*_crit of
// hwmon, temp and trip_point_*_temp of a thermal zone.
func Millidegrees(b []byte) (milli int64, ok bool) {
	line, rest := scan.Line(b)
	digits, negative := bytes.CutPrefix(line, []byte{'-'})
	n, ok := scan.Uint(digits)
	if !ok || n > math.MaxInt64 || len(rest) > 0 {
		return 0, false
	}
	if negative {
		return -int64(n), true
	}
	return int64(n), true
}

// Flag reads a file that says 0 or 1.
func Flag(b []byte) (set, ok bool) {
	line, _ := scan.Line(b)
	return string(line) == "1", string(line) == "1" || string(line) == "0"
}

// Line reads a file with one line of text, a name or a label, without the blanks around it.
func Line(b []byte) []byte {
	line, _ := scan.Line(b)
	return bytes.Trim(line, " \t")
}

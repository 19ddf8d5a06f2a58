// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"bytes"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// NetUevent returns the name and the number of a network interface, of /sys/class/net/*/uevent. A device tree may add lines.
//
//	INTERFACE=eth0
//	IFINDEX=4
//
// Source: net/core/net-sysfs.c, netdev_uevent. An open file goes on to answer for the interface when that is renamed, with
// its new name.
func NetUevent(b []byte) (name []byte, index uint64, ok bool) {
	for len(b) > 0 {
		var line []byte
		line, b = scan.Line(b)
		key, value, _ := bytes.Cut(line, []byte{'='})
		switch string(key) {
		case "INTERFACE":
			name = value
		case "IFINDEX":
			index, _ = scan.Uint(value)
		}
	}
	return name, index, len(name) > 0 && index > 0 && index <= math.MaxInt32
}

// Operstate is what an interface can do, as RFC 2863 has it.
type Operstate uint8

// The states, as far as they are distinguished.
const (
	OperDown    Operstate = iota // It cannot pass packets, for any of several reasons.
	OperUp                       // It can.
	OperUnknown                  // Its driver does not report one, as those of lo and tun.
)

// ParseOperstate reads /sys/class/net/*/operstate.
//
// Source: Documentation/networking/operstates.rst; net/core/net-sysfs.c, operstates.
func ParseOperstate(b []byte) (state Operstate, ok bool) {
	line, _ := scan.Line(b)
	switch string(line) {
	case "up":
		return OperUp, true
	case "unknown":
		return OperUnknown, true
	case "notpresent", "down", "lowerlayerdown", "testing", "dormant":
		return OperDown, true
	}
	return OperDown, false
}

// NetNumber reads a number of /sys/class/net/*: mtu in bytes, carrier 0 or 1, carrier_changes, and speed in Mbit/s. The
// kernel writes an unknown one as -1, before Linux 4.18 as 4294967295: that is no number here.
//
// Source: Documentation/ABI/testing/sysfs-class-net.
func NetNumber(b []byte) (n uint64, ok bool) {
	line, _ := scan.Line(b)
	n, ok = scan.Uint(line)
	return n, ok && n < math.MaxUint32
}

// NetFlags reads /sys/class/net/*/flags, the IFF_… of netdevice(7).
//
//	0x1003
//
// Source: Documentation/ABI/testing/sysfs-class-net. IFF_RUNNING is not in it: that is what operstate tells.
func NetFlags(b []byte) (flags uint64, ok bool) {
	line, _ := scan.Line(b)
	digits, ok := bytes.CutPrefix(line, []byte("0x"))
	if !ok {
		return 0, false
	}
	return scan.Hex(digits)
}

// NetAddress reads /sys/class/net/*/address, pairs of digits parted by colons. One of nothing but zeros, as that of lo, is
// none. The address aliases b.
//
//	52:54:00:12:34:56
//
// Source: Documentation/ABI/testing/sysfs-class-net.
func NetAddress(b []byte) (address []byte, ok bool) {
	address, _ = scan.Line(b)
	if len(address)%3 != 2 {
		return nil, false
	}
	for i, c := range address {
		switch {
		case i%3 == 2:
			if c != ':' {
				return nil, false
			}
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f':
			ok = ok || c != '0'
		default:
			return nil, false
		}
	}
	return address, ok
}

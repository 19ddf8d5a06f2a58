// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sysfs"
)

// chip is a hwmon device or a thermal zone.
type chip struct {
	zone   bool
	number uint32 // Of hwmonN or thermal_zoneN.
	path   []byte // Of its directory below /sys.
	files  []byte // Of the directory with its files: path, or that of the device.
	device []byte // Path of the device that it measures below /sys, empty if there is none.
	name   []byte // The name of a hwmon device, the type of a zone.
	// channels are the temperatures of a hwmon device, each with the files it has, or the trip points of a zone.
	channels []chipChannel

	id      string
	sensors []*sensor // Nil until the filter has kept the chip.
	before  []*sensor // Those it had before its files changed.
}

// chipChannel is tempN of a hwmon device, or trip point N of a zone.
type chipChannel struct {
	number uint32
	files  sysfs.TempFiles
}

// maxChannels bounds the files of one chip that are recorded.
const maxChannels = 8192

// addFile records a file of the chip's directory, if it is one of a channel.
func (c *chip) addFile(name []byte) {
	var found chipChannel
	var ok bool
	if c.zone {
		found.number, ok = sysfs.TripTemp(name)
	} else {
		found.number, found.files, ok = sysfs.HwmonTemp(name)
	}
	if ok && len(c.channels) < maxChannels {
		c.channels = append(c.channels, found)
	}
}

// merge unites the channels with the same number, and sorts them by number. Those of a hwmon device without a temperature
// are dropped.
func (c *chip) merge() {
	slices.SortFunc(c.channels, func(a, b chipChannel) int { return cmp.Compare(a.number, b.number) })
	merged := c.channels[:0]
	for _, one := range c.channels {
		if last := len(merged) - 1; last >= 0 && merged[last].number == one.number {
			merged[last].files |= one.files
		} else {
			merged = append(merged, one)
		}
	}
	c.channels = slices.DeleteFunc(merged, func(one chipChannel) bool { return !c.zone && one.files&sysfs.TempInput == 0 })
}

// isSame reports whether discovery has found the same chip with the same files.
func (c *chip) isSame(other *chip) bool {
	return c.number == other.number && bytes.Equal(c.path, other.path) && bytes.Equal(c.files, other.files) &&
		bytes.Equal(c.device, other.device) && bytes.Equal(c.name, other.name) && slices.Equal(c.channels, other.channels)
}

// clone returns a copy of what discovery has found.
func (c *chip) clone() *chip {
	return &chip{
		zone: c.zone, number: c.number, path: bytes.Clone(c.path), files: bytes.Clone(c.files), device: bytes.Clone(c.device),
		name: bytes.Clone(c.name), channels: slices.Clone(c.channels),
	}
}

// inherit keeps the sensors, and their state, of an old chip that differs in its files only: coretemp has more of them when
// a core comes online.
func (c *chip) inherit(old []*chip) {
	for _, o := range old {
		if !c.zone && c.number == o.number && bytes.Equal(c.path, o.path) && bytes.Equal(c.files, o.files) && bytes.Equal(c.name, o.name) {
			c.before = o.sensors
		}
	}
}

// maxIDSuffix is the longest text that follows the path of a device in an ID.
const maxIDSuffix = len("#4096/temp2147483647")

// identify sets the chip's ID, which is the same after a reboot, and returns the chip's name. The ID is the path of the
// device; without a device it has the name in place of the kernel's number. Of chips with the same ID, all but the first
// get a suffix, in the order of the kernel's numbers. taken has the IDs so far.
func (c *chip) identify(taken map[string]bool, maxLength int) (name string) {
	name = intern.Text(c.name, maxLength)
	device := c.device
	switch {
	case len(device) > 0:
	case c.zone:
		device = append([]byte(virtual+"/thermal/"), c.name...)
	default:
		device = append([]byte(virtual+"/hwmon/"), c.name...)
	}
	first := intern.Text(device, max(maxLength-maxIDSuffix, 1))
	c.id = first
	for n := 1; taken[c.id]; n++ {
		c.id = first + "#" + strconv.Itoa(n)
	}
	taken[c.id] = true
	return name
}

// makeSensors creates the sensors of a chip that the filter keeps.
func (c *chip) makeSensors(name string) {
	defer func() { c.before = nil }()
	if c.zone {
		s := c.newSensor(name, "temp")
		s.input, s.labelKnown = c.file("temp"), true
		for _, trip := range c.channels {
			prefix := "trip_point_" + strconv.FormatUint(uint64(trip.number), 10)
			s.limits = append(s.limits, limit{file: c.file(prefix + "_temp"), kind: c.file(prefix + "_type")})
		}
		return
	}
	for _, channel := range c.channels {
		prefix := "temp" + strconv.FormatUint(uint64(channel.number), 10)
		same := func(s *sensor) bool { return s.name == prefix && s.files == channel.files }
		if at := slices.IndexFunc(c.before, same); at >= 0 {
			c.sensors = append(c.sensors, c.before[at])
			continue
		}
		s := c.newSensor(name, prefix)
		s.files, s.input = channel.files, c.file(prefix+"_input")
		if s.labelKnown = channel.files&sysfs.TempLabel == 0; !s.labelKnown {
			s.label = c.file(prefix + "_label")
		}
		if channel.files&sysfs.TempFault != 0 {
			s.fault = c.file(prefix + "_fault")
		}
		if channel.files&sysfs.TempMax != 0 {
			s.limits = append(s.limits, limit{file: c.file(prefix + "_max"), known: true})
		}
		if channel.files&sysfs.TempCrit != 0 {
			s.limits = append(s.limits, limit{file: c.file(prefix + "_crit"), known: true, critical: true})
		}
	}
}

// newSensor adds a sensor to the chip.
func (c *chip) newSensor(chipName, name string) *sensor {
	s := &sensor{name: name, sample: snapshot.Sensor{Chip: chipName}, text: make([]byte, 0, maxText)}
	c.sensors = append(c.sensors, s)
	return s
}

// file returns the path of a file of the chip, relative to the root.
func (c *chip) file(name string) pseudofs.Name {
	return pseudofs.NewName([]byte("sys/"), c.files, []byte("/"+name))
}

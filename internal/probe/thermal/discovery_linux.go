// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

import (
	"errors"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/sysfs"
)

// maxSensors bounds the sensors that are read, in the order of the kernel's numbers. The others are counted.
const maxSensors = 1024

// maxChips bounds the entries of a class that are read.
const maxChips = 4096

// discoveryPeriod is the number of scrapes after which chips are discovered again although none was added or removed: a
// driver adds files to an existing chip, such as coretemp when a core comes online.
const discoveryPeriod = 16

// chipList is the thermal zones and hwmon devices of a host, with their sensors. Each scrape lists their numbers; as long as
// these are the same, nothing else is read, and no sensor is.
type chipList struct {
	wanted    func(chip string) bool
	maxLength int // Of a name, in bytes.

	sys     *pseudofs.Dir
	classes [2]chipClass // Zones first: they say which hwmon devices are nothing else.
	sensors []*sensor    // Of all chips that the filter keeps.
	dropped int          // The number of those beyond maxSensors.

	age   int  // Scrapes since the last discovery.
	dirty bool // The next scrape has to discover the chips again.

	// State of a discovery: the class being read, the entry read last, and buffers.
	class              *chipClass
	entry              chip
	name, target, text []byte
	addEntry, addFile  func(name []byte)
}

// chipClass is one of the directories below /sys/class.
type chipClass struct {
	name, prefix string   // Of the directory, and of its entries before their numbers.
	numbers      []uint32 // Of the entries, as listed by the last scrape.
	discovered   []uint32 // Likewise, by the last discovery.
	chips        []*chip
	err          error          // Why the class could not be listed.
	faults       []source.Fault // Of single entries, at the last discovery.
}

// dir returns the path of the directory below /sys.
func (c *chipClass) dir() string { return c.name[len("sys/"):] }

// newChipList returns an empty list. keep filters chips by name; it is called at each discovery that has found a change.
func newChipList(h *source.Host, keep func(chip string) bool) *chipList {
	l := &chipList{
		wanted: keep, maxLength: h.MaxLength,
		sys: h.FS.Dir("sys", 0), dirty: true, target: make([]byte, unix.PathMax), text: make([]byte, 0, maxText),
		classes: [2]chipClass{
			{name: "sys/class/thermal", prefix: "thermal_zone"},
			{name: "sys/class/hwmon", prefix: "hwmon"},
		},
	}
	l.addEntry = func(name []byte) {
		if number, ok := sysfs.Numbered(name, l.class.prefix); ok && len(l.class.numbers) < maxChips {
			l.class.numbers = append(l.class.numbers, number)
		}
	}
	l.addFile = l.entry.addFile
	h.OnClose(l.sys.Close)
	return l
}

// refresh lists the classes, and discovers the chips again if a number has changed or discoveryPeriod is over.
func (l *chipList) refresh() {
	l.age++
	for i := range l.classes {
		c := &l.classes[i]
		l.class, c.numbers = c, c.numbers[:0]
		l.name = append(l.name[:0], c.dir()...)
		if c.err = l.sys.NamesAt(l.name, l.addEntry); c.err != nil && !isUnplugged(c.err) {
			c.numbers = append(c.numbers[:0], c.discovered...) // The chips may well exist.
		}
		slices.Sort(c.numbers)
		l.dirty = l.dirty || !slices.Equal(c.numbers, c.discovered)
	}
	if !l.dirty && l.age < discoveryPeriod {
		return
	}
	l.age, l.dirty = 0, false
	changed := false
	for i := range l.classes {
		changed = l.discover(&l.classes[i]) || changed
	}
	if changed {
		l.assemble()
	}
}

// discover reads all chips of a class and reports whether any has changed. Those that have not, and those that cannot be
// read now, are kept.
func (l *chipList) discover(c *chipClass) (changed bool) {
	l.class, c.discovered, c.faults = c, append(c.discovered[:0], c.numbers...), c.faults[:0]
	kept := 0
	for _, number := range c.numbers {
		err := l.readChip(number)
		if isUnplugged(err) {
			l.dirty = true
			continue
		}
		if err != nil {
			c.faults = append(c.faults, source.Fault{Source: l.entryName(number), Err: err})
		}
		at := slices.IndexFunc(c.chips[kept:], func(old *chip) bool {
			return old.isSame(&l.entry) || err != nil && old.number == number
		})
		switch {
		case at < 0 && err != nil:
			continue
		case at < 0:
			found := l.entry.clone()
			found.inherit(c.chips[kept:])
			c.chips = slices.Insert(c.chips, kept, found)
			changed = true
		case at > 0: // Those before it were removed.
			c.chips = slices.Delete(c.chips, kept, kept+at)
			changed = true
		}
		kept++
	}
	changed = changed || kept < len(c.chips)
	c.chips = slices.Delete(c.chips, kept, len(c.chips))
	return changed
}

// entryName returns the path of an entry, the source of its faults.
func (l *chipList) entryName(number uint32) string {
	return l.class.name + "/" + l.class.prefix + strconv.FormatUint(uint64(number), 10)
}

// readChip reads a chip into entry. It reads only files that the kernel answers from memory, none that makes a driver
// access the hardware.
func (l *chipList) readChip(number uint32) error {
	e := &l.entry
	e.number, e.zone, e.device, e.channels = number, l.class.prefix != "hwmon", e.device[:0], e.channels[:0]
	e.path = append(append(append(e.path[:0], l.class.dir()...), '/'), l.class.prefix...)
	e.path = strconv.AppendUint(e.path, uint64(number), 10)
	target, err := l.sys.ReadLink(e.path, l.target)
	path, linked := sysfs.LinkedDevice(target)
	if err == nil && linked {
		e.path = append(e.path[:0], path...)
	}
	e.files = append(e.files[:0], e.path...)
	if e.zone {
		return l.readZone()
	}
	if device := sysfs.HwmonParent(e.path); linked && string(device) != virtual {
		e.device = append(e.device, sysfs.StableDevice(device)...)
	}
	return l.readHwmon()
}

// virtual is the directory of devices without a parent.
const virtual = "devices/virtual"

// readHwmon reads the files and the name of a hwmon device.
func (l *chipList) readHwmon() error {
	e := &l.entry
	if err := l.listFiles(); err != nil {
		return err
	}
	err := l.readName("/name")
	if len(e.channels) == 0 {
		// Old drivers create their files in the directory of the device.
		e.files = append(e.files, "/device"...)
		if l.listFiles() != nil || len(e.channels) == 0 {
			e.files = e.files[:len(e.path)]
			return nil // It measures no temperature.
		}
		if err != nil {
			err = l.readName("/name")
		}
	}
	if errors.Is(err, unix.ENOENT) {
		return nil // It has no name.
	}
	return err
}

// readZone reads the device, the trip points and the type of a thermal zone.
func (l *chipList) readZone() error {
	e := &l.entry
	// Zones of ACPI have a device.
	l.name = append(append(l.name[:0], e.path...), "/device"...)
	if target, err := l.sys.ReadLink(l.name, l.target); err == nil {
		device, below := sysfs.AppendTarget(e.device, e.path, target)
		if e.device = device; !below {
			e.device = e.device[:0]
		}
	}
	if err := l.listFiles(); err != nil {
		return err
	}
	return l.readName("/type")
}

// readName reads the file with the name of the entry.
func (l *chipList) readName(file string) error {
	l.name = append(append(l.name[:0], l.entry.files...), file...)
	text, err := l.sys.ReadHead(l.name, l.text)
	l.entry.name = append(l.entry.name[:0], sysfs.Line(text)...)
	return err
}

// listFiles lists the channels of the entry.
func (l *chipList) listFiles() error {
	l.entry.channels = l.entry.channels[:0]
	err := l.sys.NamesAt(l.entry.files, l.addFile)
	l.entry.merge()
	return err
}

// assemble identifies each chip, and lists the sensors of those that the filter keeps.
func (l *chipList) assemble() {
	l.sensors, l.dropped = l.sensors[:0], 0
	taken := map[string]bool{}
	for i := range l.classes {
		for _, c := range l.classes[i].chips {
			if l.duplicatesZone(c) || sysfs.IsPolicyZone(c.name) {
				continue
			}
			name := c.identify(taken, l.maxLength)
			if !l.wanted(name) {
				continue
			}
			if c.sensors == nil {
				c.makeSensors(name)
			}
			for _, s := range c.sensors {
				s.identify(c.id)
			}
			fit := min(len(c.sensors), maxSensors-len(l.sensors))
			l.sensors, l.dropped = append(l.sensors, c.sensors[:fit]...), l.dropped+len(c.sensors)-fit
		}
	}
}

// duplicatesZone reports whether c is a hwmon device that the kernel has made of thermal zones, which are reported
// themselves.
func (l *chipList) duplicatesZone(c *chip) bool {
	if c.zone {
		return false
	}
	zone, ofZone := sysfs.ZoneOf(c.device)
	return slices.ContainsFunc(l.classes[0].chips, func(z *chip) bool {
		if ofZone {
			number, _ := sysfs.Numbered(zone, l.classes[0].prefix)
			return z.number == number
		}
		return len(c.device) == 0 && sysfs.NamedAfter(c.name, z.name)
	})
}

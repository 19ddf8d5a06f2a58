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

// maxSensors bounds the sensors that are read. Further ones are counted, in the order of the kernel's numbers.
const maxSensors = 1024

// maxChips bounds the entries of a class that are looked at.
const maxChips = 4096

// lookEvery is after how many scrapes chips are looked at again although none came or went: a driver adds files to a chip
// that is there, for a core that comes online.
const lookEvery = 16

// chipList is the thermal zones and hwmon devices of a host, with their sensors. Which there are is looked up at each
// scrape, by their numbers alone as long as these are the same.
type chipList struct {
	wanted    func(chip string) bool
	maxLength int

	sys     *pseudofs.Dir
	classes [2]chipClass // Zones first: they say which hwmon devices are nothing else.
	sensors []*sensor    // Of all chips that are wanted.
	dropped int          // How many there are beyond those.

	age   int  // Scrapes since the chips were looked at.
	dirty bool // They are to be looked at again.

	// What a look needs: the class that is looked at, what its entry was found to be, and memory.
	class              *chipClass
	entry              chip
	name, target, text []byte
	addEntry, addFile  func(name []byte)
}

// chipClass is one of the directories below /sys/class.
type chipClass struct {
	name, prefix string   // Of the directory, and of its entries, which have a number behind it.
	numbers      []uint32 // Of the entries at the last listing.
	discovered   []uint32 // Of those at the last look.
	chips        []*chip
	err          error          // Why there is no listing.
	faults       []source.Fault // What was wrong with single entries at the last look.
}

// dir is the directory below /sys.
func (c *chipClass) dir() string { return c.name[len("sys/"):] }

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

// refresh makes the list what it is now.
func (l *chipList) refresh() {
	l.age++
	for i := range l.classes {
		c := &l.classes[i]
		l.class, c.numbers = c, c.numbers[:0]
		l.name = append(l.name[:0], c.dir()...)
		if c.err = l.sys.NamesAt(l.name, l.addEntry); c.err != nil && !isUnplugged(c.err) {
			c.numbers = append(c.numbers[:0], c.discovered...) // That says nothing of the chips.
		}
		slices.Sort(c.numbers)
		l.dirty = l.dirty || !slices.Equal(c.numbers, c.discovered)
	}
	if !l.dirty && l.age < lookEvery {
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

// look looks at all chips of a class, keeps those that are as they were, and those that cannot be looked at now, and reports
// whether any is not as it was.
func (l *chipList) discover(c *chipClass) (changed bool) {
	l.class, c.discovered, c.faults = c, append(c.discovered[:0], c.numbers...), c.faults[:0]
	kept := 0
	for _, number := range c.numbers {
		err := l.lookAt(number)
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
		case at > 0: // Those before it are gone.
			c.chips = slices.Delete(c.chips, kept, kept+at)
			changed = true
		}
		kept++
	}
	changed = changed || kept < len(c.chips)
	c.chips = slices.Delete(c.chips, kept, len(c.chips))
	return changed
}

// entryName is the name of an entry in faults.
func (l *chipList) entryName(number uint32) string {
	return l.class.name + "/" + l.class.prefix + strconv.FormatUint(uint64(number), 10)
}

// lookAt fills entry with what a chip is. No chip is asked for that, only the kernel.
func (l *chipList) lookAt(number uint32) error {
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
		return l.lookAtZone()
	}
	if device := sysfs.HwmonParent(e.path); linked && string(device) != virtual {
		e.device = append(e.device, sysfs.StableDevice(device)...)
	}
	return l.lookAtHwmon()
}

// virtual is where devices are that stand on no other.
const virtual = "devices/virtual"

func (l *chipList) lookAtHwmon() error {
	e := &l.entry
	if err := l.listFiles(); err != nil {
		return err
	}
	err := l.readName("/name")
	if len(e.channels) == 0 {
		// Old drivers have their files in the directory of the device.
		e.files = append(e.files, "/device"...)
		if l.listFiles() != nil || len(e.channels) == 0 {
			e.files = e.files[:len(e.path)]
			return nil // It measures something else.
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

func (l *chipList) lookAtZone() error {
	e := &l.entry
	// ACPI has a device that the zone is of.
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

func (l *chipList) readName(file string) error {
	l.name = append(append(l.name[:0], l.entry.files...), file...)
	text, err := l.sys.ReadHead(l.name, l.text)
	l.entry.name = append(l.entry.name[:0], sysfs.Line(text)...)
	return err
}

func (l *chipList) listFiles() error {
	l.entry.channels = l.entry.channels[:0]
	err := l.sys.NamesAt(l.entry.files, l.addFile)
	l.entry.merge()
	return err
}

// assemble gives each chip its identity, and makes the list of the sensors that are wanted.
func (l *chipList) assemble() {
	l.sensors, l.dropped = l.sensors[:0], 0
	taken := map[string]bool{}
	for i := range l.classes {
		for _, c := range l.classes[i].chips {
			if l.duplicatesZone(c) {
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

// isMirror reports whether a hwmon device shows nothing but thermal zones, which are told themselves.
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

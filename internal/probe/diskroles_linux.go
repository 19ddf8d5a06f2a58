// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sysfs"
)

// diskRoles reads from /sys/block what block devices are to each other: once for each device, and again when /proc/diskstats
// lists other devices.
type diskRoles struct {
	sys   *pseudofs.Dir
	known map[string]*blockDevice // By the kernel's name.
	// listed are the devices of the reading before, and read those whose role this reading has returned, in its order.
	listed  []listedDevice
	read    []*blockDevice
	reading uint64
	isOpen  bool // There is a /sys.

	name, target, text []byte
	hasEntry           bool
	addEntry           func([]byte)
}

type listedDevice struct {
	name         string
	major, minor uint32
}

type blockDevice struct {
	known bool // What follows is.
	role  snapshot.DiskRole
	// isHead is set for the head of NVMe multipath; head is that of a path.
	isHead  bool
	head    *blockDevice
	reading uint64 // The last one that had a path to this head.
}

func newDiskRoles(h *source.Host) *diskRoles {
	d := &diskRoles{
		sys: h.FS.Dir("sys", 0), known: map[string]*blockDevice{}, target: make([]byte, unix.PathMax), text: make([]byte, 0, 16),
	}
	d.addEntry = func([]byte) { d.hasEntry = true }
	h.OnClose(d.sys.Close)
	return d
}

// begin starts a reading in which these devices are listed.
func (d *diskRoles) begin(devices []procfs.Diskstat) {
	d.reading++
	d.read = d.read[:0]
	if d.isListed(devices) {
		return
	}
	clear(d.known)
	d.listed = d.listed[:0]
	for i := range devices {
		k := &devices[i]
		d.listed = append(d.listed, listedDevice{string(k.Name), k.Major, k.Minor})
	}
	_, err := d.sys.Numbers(nil) // That opens it, or what is there now.
	d.isOpen = err == nil
}

func (d *diskRoles) isListed(devices []procfs.Diskstat) bool {
	if len(devices) != len(d.listed) {
		return false
	}
	for i := range devices {
		k, before := &devices[i], &d.listed[i]
		if k.Major != before.major || k.Minor != before.minor || string(k.Name) != before.name {
			return false
		}
	}
	return true
}

// of returns the role of a device. That of heads is certain only after end.
func (d *diskRoles) of(name []byte) snapshot.DiskRole {
	device := d.device(name)
	if !device.known && d.isOpen {
		device.known = true
		d.readRole(name, device)
	}
	if device.head != nil {
		device.head.reading = d.reading
	}
	d.read = append(d.read, device)
	return device.role
}

// end corrects the roles of disks, whose roles this reading has returned in that order: where there are paths to a head of NVMe
// multipath, these have its I/O.
func (d *diskRoles) end(disks []snapshot.Disk) {
	for i, device := range d.read {
		if device.isHead && device.reading == d.reading {
			disks[i].Role = snapshot.DiskStacked
		}
	}
}

func (d *diskRoles) device(name []byte) *blockDevice {
	device := d.known[string(name)]
	if device == nil {
		device = &blockDevice{}
		d.known[string(name)] = device
	}
	return device
}

// readRole reads the role of a device from sysfs. Without an entry there, it stays unknown.
func (d *diskRoles) readRole(name []byte, device *blockDevice) {
	target, err := d.sys.ReadLink(d.at("block/", name, ""), d.target)
	if errors.Is(err, unix.ENOENT) {
		// Only whole devices are there.
		if _, err = d.sys.ReadHead(d.at("class/block/", name, "/partition"), d.text); err == nil {
			device.role = snapshot.DiskPartition
		}
		return
	}
	path, ok := sysfs.BlockDevice(target)
	ok = ok && err == nil
	switch {
	case ok && sysfs.IsVirtualBlock(path), d.hasSlaves(name):
		device.role = snapshot.DiskStacked
	case ok:
		device.role, device.isHead = snapshot.DiskWhole, sysfs.IsNVMeHead(path)
		device.head = d.headOf(name)
	}
}

// hasSlaves reports whether a device is made of others.
func (d *diskRoles) hasSlaves(name []byte) bool {
	d.hasEntry = false
	return d.sys.NamesAt(d.at("block/", name, "/slaves"), d.addEntry) == nil && d.hasEntry
}

// headOf returns the head that a device is a path to, nil if it is none.
func (d *diskRoles) headOf(name []byte) *blockDevice {
	text, err := d.sys.ReadHead(d.at("block/", name, "/hidden"), d.text)
	if hidden, ok := sysfs.Flag(text); err != nil || !ok || !hidden {
		return nil
	}
	head, ok := sysfs.AppendNVMeHead(d.name[:0], name)
	if d.name = head; !ok {
		return nil
	}
	return d.device(head)
}

// at is the path of a file of a device. sysfs writes ! for the slashes of a name.
func (d *diskRoles) at(dir string, name []byte, file string) []byte {
	d.name = append(d.name[:0], dir...)
	for _, c := range name {
		if c == '/' {
			c = '!'
		}
		d.name = append(d.name, c)
	}
	d.name = append(d.name, file...)
	return d.name
}

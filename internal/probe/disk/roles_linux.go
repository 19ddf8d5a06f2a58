// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package disk

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sysfs"
)

// roles reads from /sys/block what block devices are to each other: once for each device, and again when /proc/diskstats
// lists other devices.
type roles struct {
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

func newRoles(h *source.Host) *roles {
	r := &roles{
		sys: h.FS.Dir("sys", 0), known: map[string]*blockDevice{}, target: make([]byte, unix.PathMax), text: make([]byte, 0, 16),
	}
	r.addEntry = func([]byte) { r.hasEntry = true }
	h.OnClose(r.sys.Close)
	return r
}

// begin starts a reading in which these devices are listed.
func (r *roles) begin(devices []procfs.Diskstat) {
	r.reading++
	r.read = r.read[:0]
	if r.isListed(devices) {
		return
	}
	clear(r.known)
	r.listed = r.listed[:0]
	for i := range devices {
		k := &devices[i]
		r.listed = append(r.listed, listedDevice{string(k.Name), k.Major, k.Minor})
	}
	_, err := r.sys.Numbers(nil) // That opens it, or what is there now.
	r.isOpen = err == nil
}

func (r *roles) isListed(devices []procfs.Diskstat) bool {
	if len(devices) != len(r.listed) {
		return false
	}
	for i := range devices {
		k, before := &devices[i], &r.listed[i]
		if k.Major != before.major || k.Minor != before.minor || string(k.Name) != before.name {
			return false
		}
	}
	return true
}

// of returns the role of a device. That of heads is certain only after end.
func (r *roles) of(name []byte) snapshot.DiskRole {
	device := r.device(name)
	if !device.known && r.isOpen {
		device.known = true
		r.readRole(name, device)
	}
	if device.head != nil {
		device.head.reading = r.reading
	}
	r.read = append(r.read, device)
	return device.role
}

// end corrects the roles of disks, whose roles this reading has returned in that order: where there are paths to a head of NVMe
// multipath, these have its I/O.
func (r *roles) end(disks []snapshot.Disk) {
	for i, device := range r.read {
		if device.isHead && device.reading == r.reading {
			disks[i].Role = snapshot.DiskStacked
		}
	}
}

func (r *roles) device(name []byte) *blockDevice {
	device := r.known[string(name)]
	if device == nil {
		device = &blockDevice{}
		r.known[string(name)] = device
	}
	return device
}

// readRole reads the role of a device from sysfs. Without an entry there, it stays unknown.
func (r *roles) readRole(name []byte, device *blockDevice) {
	target, err := r.sys.ReadLink(r.at("block/", name, ""), r.target)
	if errors.Is(err, unix.ENOENT) {
		// Only whole devices are there.
		if _, err = r.sys.ReadHead(r.at("class/block/", name, "/partition"), r.text); err == nil {
			device.role = snapshot.DiskPartition
		}
		return
	}
	path, ok := sysfs.BlockDevice(target)
	ok = ok && err == nil
	switch {
	case ok && sysfs.IsVirtualBlock(path), r.hasSlaves(name):
		device.role = snapshot.DiskStacked
	case ok:
		device.role, device.isHead = snapshot.DiskWhole, sysfs.IsNVMeHead(path)
		device.head = r.headOf(name)
	}
}

// hasSlaves reports whether a device is made of others.
func (r *roles) hasSlaves(name []byte) bool {
	r.hasEntry = false
	return r.sys.NamesAt(r.at("block/", name, "/slaves"), r.addEntry) == nil && r.hasEntry
}

// headOf returns the head that a device is a path to, nil if it is none.
func (r *roles) headOf(name []byte) *blockDevice {
	text, err := r.sys.ReadHead(r.at("block/", name, "/hidden"), r.text)
	if hidden, ok := sysfs.Flag(text); err != nil || !ok || !hidden {
		return nil
	}
	head, ok := sysfs.AppendNVMeHead(r.name[:0], name)
	if r.name = head; !ok {
		return nil
	}
	return r.device(head)
}

// at is the path of a file of a device. sysfs writes ! for the slashes of a name.
func (r *roles) at(dir string, name []byte, file string) []byte {
	r.name = append(r.name[:0], dir...)
	for _, c := range name {
		if c == '/' {
			c = '!'
		}
		r.name = append(r.name, c)
	}
	r.name = append(r.name, file...)
	return r.name
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package quota

import (
	"bytes"
	"strings"

	"github.com/superviz-io/hostprobe/internal/cgroupfs"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// controller is a kind of resource that a cgroup limits and accounts. Version 2 has its name for blkio: io.
type controller uint8

const (
	controllerCPU controller = iota
	controllerCPUAcct
	controllerMemory
	controllerPIDs
	controllerBlkIO
	numControllers
)

var controllerNames = [numControllers]string{
	controllerCPU: "cpu", controllerCPUAcct: "cpuacct", controllerMemory: "memory", controllerPIDs: "pids", controllerBlkIO: "blkio",
}

// String is the name of the controller in /proc/PID/cgroup of version 1, and the source of its faults.
func (c controller) String() string { return controllerNames[c] }

// selfCgroup finds the collector's cgroup in the hierarchy of each controller: proc/self/cgroup has its path, and
// proc/self/mountinfo where the hierarchy is mounted. A host has all controllers in the one hierarchy of version 2, each in
// one of version 1, or (hybrid) some in either.
type selfCgroup struct {
	fs     *pseudofs.FS // The collector's own root, also if the host is below another.
	cgroup *pseudofs.File
	mounts *pseudofs.File

	text   []byte // The contents of cgroup from which locations were made.
	groups procfs.PIDCgroup
	info   procfs.Mountinfo
	errs   [2]error // What was malformed in cgroup and in mounts.
	dir    []byte
	root   []byte

	locations [numControllers]location
	// number identifies the cgroup: it increases when the collector is moved to another one.
	number uint64
}

// location is the directory of the cgroup in the hierarchy of one controller.
type location struct {
	version int    // 1 or 2; 0 if the kernel has no such hierarchy.
	dir     string // Relative to the collector's root.
	top     int    // The length of the mount point in dir.
	inode   uint64 // Of dir. The kernel does not reuse it.
	isRoot  bool   // See isRootCgroup.
	err     error  // Why dir is unknown.
}

// errNotMounted: the cgroup is below no mount point, as in a container without cgroup mounts.
var errNotMounted = source.UnavailableError("cgroup hierarchy is not mounted")

func newSelfCgroup(h *source.Host) *selfCgroup {
	g := &selfCgroup{
		fs:     h.Self,
		cgroup: h.Self.File("proc/self/cgroup", pseudofs.Single),
		mounts: h.Self.File("proc/self/mountinfo", pseudofs.Records),
	}
	h.OnClose(g.cgroup.Close)
	h.OnClose(g.mounts.Close)
	return g
}

// update finds the cgroup again if the collector was moved or the mounts have changed. changed reports whether any location
// has; ok is false if a file could not be read, which is reported to sc. The steady state costs one read and one poll.
func (g *selfCgroup) update(sc *source.Scrape) (changed, ok bool) {
	text, err := g.cgroup.Read()
	if err != nil {
		sc.Fault(g.cgroup.Name(), err)
		return false, false
	}
	moved := !bytes.Equal(text, g.text)
	mounts, remounted, err := g.mounts.ReadChanged()
	if err == nil && moved && !remounted {
		mounts, err = g.mounts.Read()
	}
	if err != nil {
		g.text = g.text[:0] // Find the cgroup once the mounts are readable again.
		sc.Fault(g.mounts.Name(), err)
		return false, false
	}
	if moved || remounted {
		g.text = append(g.text[:0], text...)
		g.errs = [2]error{g.groups.Parse(g.text), g.info.Parse(mounts)}
		changed = g.find()
	}
	for i, file := range [...]*pseudofs.File{g.cgroup, g.mounts} {
		if g.errs[i] != nil {
			sc.Fault(file.Name(), g.errs[i])
		}
	}
	return changed, true
}

// find sets the locations according to both files, and reports whether any has changed.
func (g *selfCgroup) find() (changed bool) {
	var locations [numControllers]location
	moved := false
	for c := range numControllers {
		locations[c] = g.locate(c)
		before := &g.locations[c]
		moved = moved || locations[c].version != before.version || locations[c].inode != before.inode
	}
	if moved {
		g.number++
	}
	changed, g.locations = locations != g.locations, locations
	return changed
}

// locate finds the cgroup in the hierarchy of a controller.
func (g *selfCgroup) locate(c controller) (l location) {
	var group *procfs.PIDGroup
	for i := range g.groups.Groups {
		switch line := &g.groups.Groups[i]; {
		case line.Has(c.String()):
			group, l.version = line, 1
		case line.Hierarchy == 0 && l.version == 0:
			group, l.version = line, 2
		}
	}
	if group == nil {
		return l
	}
	l.err = errNotMounted
	shortest := -1
	for i := range g.info.Mounts {
		m := &g.info.Mounts[i]
		if l.version == 1 && (string(m.Type) != "cgroup" || !procfs.HasOption(m.SuperOptions, c.String())) ||
			l.version == 2 && string(m.Type) != "cgroup2" {
			continue
		}
		g.root = procfs.AppendUnescaped(g.root[:0], m.Root)
		var ok bool
		g.dir, ok = cgroupfs.AppendDir(g.dir[:0], m.MountPoint, g.root, group.Path)
		// The mount with the most ancestors counts; of two with the same, the later one, which may hide the other.
		if !ok || shortest >= 0 && len(g.root) > shortest {
			continue
		}
		dir := strings.TrimPrefix(string(g.dir), "/")
		inode, err := g.fs.Inode(dir)
		if err != nil {
			if shortest < 0 {
				l.err = err
			}
			continue
		}
		shortest = len(g.root)
		top := len(bytes.Trim(m.MountPoint, "/"))
		l.dir, l.top, l.inode, l.err = dir, top, inode, nil
	}
	l.isRoot = l.err == nil && isRootCgroup(g.fs, l.dir, l.version)
	return l
}

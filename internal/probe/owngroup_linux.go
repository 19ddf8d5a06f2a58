// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"strings"

	"github.com/superviz-io/hostprobe/internal/cgroupfs"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// controller is what a control group can limit and account, by its name in version 1.
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

// String is what a controller's faults are told of.
func (c controller) String() string { return controllerNames[c] }

// ownGroup finds the control group that this process is in. Each controller is in one hierarchy: a host has all of them in
// version 2, each in one of version 1, or (hybrid) some here and some there.
type ownGroup struct {
	fs     *pseudofs.FS // Our own root, also where we look at a host below another.
	cgroup *pseudofs.File
	mounts *pseudofs.File

	text   []byte // What cgroup said when the places were found.
	groups procfs.PIDCgroup
	info   procfs.Mountinfo
	errs   [2]error // What was malformed in cgroup and in mounts.
	dir    []byte
	root   []byte

	places [numControllers]groupPlace
	// number is another one for each group that we have been in.
	number uint64
}

// groupPlace is where the group is in the hierarchy of one controller.
type groupPlace struct {
	version int    // 0 where the kernel has no such hierarchy.
	dir     string // Relative to our root.
	top     int    // The length of the mount point in dir.
	inode   uint64 // Of dir. The kernel uses none twice.
	isRoot  bool   // See isRootGroup.
	err     error  // Why dir is not known.
}

func newOwnGroup(n *native) *ownGroup {
	g := &ownGroup{
		fs:     n.own,
		cgroup: n.own.File("proc/self/cgroup", pseudofs.Single),
		mounts: n.own.File("proc/self/mountinfo", pseudofs.Records),
	}
	n.files = append(n.files, g.cgroup, g.mounts)
	return g
}

// update finds the group again if we have been moved or the mounts have changed, and reports whether any place is
// another. In the steady state that is one read and one poll.
func (g *ownGroup) update(sc *scrape) (changed, ok bool) {
	text, err := g.cgroup.Read()
	if err != nil {
		sc.fault(g.cgroup.Name(), err)
		return false, false
	}
	moved := !bytes.Equal(text, g.text)
	mounts, remounted, err := g.mounts.ReadChanged()
	if err == nil && moved && !remounted {
		mounts, err = g.mounts.Read()
	}
	if err != nil {
		g.text = g.text[:0] // To find it when the mounts can be read again.
		sc.fault(g.mounts.Name(), err)
		return false, false
	}
	if moved || remounted {
		g.text = append(g.text[:0], text...)
		g.errs = [2]error{g.groups.Parse(g.text), g.info.Parse(mounts)}
		changed = g.find()
	}
	for i, file := range [...]*pseudofs.File{g.cgroup, g.mounts} {
		if g.errs[i] != nil {
			sc.fault(file.Name(), g.errs[i])
		}
	}
	return changed, true
}

// find makes the places out of both files, and reports whether any is another.
func (g *ownGroup) find() (changed bool) {
	var places [numControllers]groupPlace
	another := false
	for c := range numControllers {
		places[c] = g.place(c)
		before := &g.places[c]
		another = another || places[c].version != before.version || places[c].inode != before.inode
	}
	if another {
		g.number++
	}
	changed, g.places = places != g.places, places
	return changed
}

func (g *ownGroup) place(c controller) (p groupPlace) {
	var group *procfs.PIDGroup
	for i := range g.groups.Groups {
		switch line := &g.groups.Groups[i]; {
		case line.Has(c.String()):
			group, p.version = line, 1
		case line.Hierarchy == 0 && p.version == 0:
			group, p.version = line, 2
		}
	}
	if group == nil {
		return p
	}
	p.err = errNotMounted
	shortest := -1
	for i := range g.info.Mounts {
		m := &g.info.Mounts[i]
		if p.version == 1 && (string(m.Type) != "cgroup" || !hasOption(m.SuperOptions, c.String())) ||
			p.version == 2 && string(m.Type) != "cgroup2" {
			continue
		}
		g.root = procfs.AppendUnescaped(g.root[:0], m.Root)
		var ok bool
		g.dir, ok = cgroupfs.AppendDir(g.dir[:0], m.MountPoint, g.root, group.Path)
		// The mount that shows most of what is above the group counts; of two the later, for it may lie over the other.
		if !ok || shortest >= 0 && len(g.root) > shortest {
			continue
		}
		dir := strings.TrimPrefix(string(g.dir), "/")
		inode, err := g.fs.Inode(dir)
		if err != nil {
			if shortest < 0 {
				p.err = err
			}
			continue
		}
		shortest = len(g.root)
		top := len(bytes.Trim(m.MountPoint, "/"))
		p.dir, p.top, p.inode, p.err = dir, top, inode, nil
	}
	p.isRoot = p.err == nil && isRootGroup(g.fs, p.dir, p.version)
	return p
}

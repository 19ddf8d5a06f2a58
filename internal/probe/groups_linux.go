// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"strconv"

	"github.com/superviz-io/hostprobe/internal/cgroupfs"
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// controlGroups knows the systemd unit and the container of control groups by the numbers of their inodes, which are never
// used again. That needs no privilege. The tree is walked only when a number is met for the first time.
type controlGroups struct {
	tree      *pseudofs.Tree
	maxLength int // Of a name, in bytes.
	known     seen[uint64, controlGroup]
	asked     int // Groups met that were not looked for yet.
	last      uint64
}

type controlGroup struct {
	looked          bool // It was looked for; a socket can outlive its group.
	unit, container string
}

// cgroupTrees are where version 2 is mounted: alone, and beside version 1.
var cgroupTrees = [...]string{"sys/fs/cgroup", "sys/fs/cgroup/unified"}

// newControlGroups returns nil where no groups of version 2 can be seen.
func newControlGroups(n *native) *controlGroups {
	for _, name := range cgroupTrees {
		if tree := n.fs.Tree(name); tree.IsCgroup2() {
			return &controlGroups{tree: tree, maxLength: n.options.maxLength()}
		}
	}
	return nil
}

// groupOf is a group by the id that the kernel gives it, or by the number of its inode. They are the same, unless the kernel
// is one of 32 bits: there the number is the lower half of the id, and the upper one a generation, which is 1 at first
// (include/linux/kernfs.h, kernfs_id_ino; fs/kernfs/dir.c, kernfs_create_root).
func groupOf(id uint64) uint64 {
	if strconv.IntSize == 32 {
		return uint64(uint32(id))
	}
	return id
}

// begin starts a scrape.
func (g *controlGroups) begin() {
	g.known.begin()
	g.asked, g.last = 0, 0
}

// ask says that the owner of sockets in a group will be wanted after the next find. Sockets of one group mostly follow
// one another.
func (g *controlGroups) ask(id uint64) {
	if id == g.last {
		return
	}
	g.last = id
	if group, _ := g.known.at(id); !group.looked {
		g.asked++
	}
}

// find looks for the groups that were asked for and are not known.
func (g *controlGroups) find() error {
	if g.asked == 0 {
		return nil
	}
	err := g.tree.Walk(func(path []byte, inode uint64) bool {
		if group := g.known.find(groupOf(inode)); group != nil && !group.looked {
			owner := cgroupfs.OwnerOf(path)
			*group = controlGroup{
				looked: true, unit: intern.Name(owner.Unit, g.maxLength), container: intern.Text(owner.AppendContainer(nil), g.maxLength),
			}
		}
		return true
	})
	for i := range g.known.items {
		g.known.items[i].value.looked = true
	}
	return err
}

// owner is the unit and the container of a group, empty where they are not known.
func (g *controlGroups) owner(id uint64) (unit, container string) {
	if group := g.known.find(id); group != nil {
		return group.unit, group.container
	}
	return "", ""
}

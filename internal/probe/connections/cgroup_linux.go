// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"strconv"

	"github.com/superviz-io/hostprobe/internal/cgroupfs"
	"github.com/superviz-io/hostprobe/internal/genmap"
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// cgroupNames resolves cgroups, by their inodes, to systemd units and containers. An inode number of a cgroup is never reused,
// so the hierarchy is walked only when an unknown one appears. That needs no privileges.
type cgroupNames struct {
	tree      *pseudofs.Tree
	maxLength int // Of a name, in bytes.
	known     genmap.Map[uint64, cgroupName]
	unknown   int    // Cgroups of this scrape that no walk has searched for.
	last      uint64 // The one that was wanted last.
}

type cgroupName struct {
	searched        bool // By a walk; a socket can outlive its cgroup.
	unit, container string
}

// newCgroupNames returns nil if no hierarchy of cgroup v2 is visible.
func newCgroupNames(h *source.Host) *cgroupNames {
	tree := source.Cgroup2(h.FS)
	if tree == nil {
		return nil
	}
	return &cgroupNames{tree: tree, maxLength: h.MaxLength}
}

// cgroupKey returns the key of a cgroup, from the id in a socket's record or from the inode of its directory. They are equal,
// except on a 32-bit kernel: there the inode is the lower half of the id, and the upper half is a generation, 1 at first
// (include/linux/kernfs.h, kernfs_id_ino; fs/kernfs/dir.c, kernfs_create_root).
func cgroupKey(id uint64) uint64 {
	if strconv.IntSize == 32 {
		return uint64(uint32(id))
	}
	return id
}

// begin starts a scrape.
func (g *cgroupNames) begin() {
	g.known.Begin()
	g.unknown, g.last = 0, 0
}

// want makes the next resolve find the names of a cgroup. Sockets of the same cgroup are mostly adjacent.
func (g *cgroupNames) want(key uint64) {
	if key == g.last {
		return
	}
	g.last = key
	if name, _ := g.known.Get(key); !name.searched {
		g.unknown++
	}
}

// resolve walks the hierarchy if a wanted cgroup is unknown. The error is that of the walk; names that it has found are valid.
func (g *cgroupNames) resolve() error {
	if g.unknown == 0 {
		return nil
	}
	err := g.tree.Walk(func(path []byte, inode uint64) bool {
		if name := g.known.Find(cgroupKey(inode)); name != nil && !name.searched {
			owner := cgroupfs.OwnerOf(path)
			*name = cgroupName{
				searched: true, unit: intern.Name(owner.Unit, g.maxLength), container: intern.Text(owner.AppendContainer(nil), g.maxLength),
			}
		}
		return true
	})
	for _, name := range g.known.All() {
		name.searched = true
	}
	return err
}

// names returns the unit and the container of a cgroup, "" where they are unknown.
func (g *cgroupNames) names(key uint64) (unit, container string) {
	if name := g.known.Find(key); name != nil {
		return name.unit, name.container
	}
	return "", ""
}

// end ends a scrape: cgroups that it did not want are evicted.
func (g *cgroupNames) end() { g.known.End(nil) }

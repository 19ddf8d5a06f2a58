// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package container

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// hostCgroup is the path of the collector's own cgroup in the host's hierarchy of cgroup v2, which may be mounted below the root.
type hostCgroup struct {
	inode uint64 // Of the cgroup that was searched for last, 0 for none.
	path  []byte // nil if it was not found.
}

// find returns the path, nil if the hierarchy below the root of host does not have it. cgroup is the contents of
// /proc/self/cgroup. A cgroup namespace shows its root as /, but the inode number of that cgroup is the same in all namespaces:
// there is one hierarchy of cgroup v2. It is searched once for each inode.
func (h *hostCgroup) find(own, host *pseudofs.FS, cgroup []byte) []byte {
	inode := selfInode(own, cgroup)
	if inode == h.inode {
		return h.path
	}
	h.inode, h.path = inode, nil
	if tree := source.Cgroup2(host); tree != nil {
		_ = tree.Walk(func(path []byte, number uint64) (more bool) {
			if number == inode {
				h.path = bytes.Clone(path)
			}
			return h.path == nil
		})
	}
	return h.path
}

// selfInode returns the inode number of the collector's own cgroup in the hierarchy of cgroup v2 below its own root, 0 if none is
// mounted there.
func selfInode(own *pseudofs.FS, cgroup []byte) (inode uint64) {
	var groups procfs.PIDCgroup
	_ = groups.Parse(cgroup)
	for i := range groups.Groups {
		group := &groups.Groups[i]
		if group.Hierarchy != 0 || bytes.HasPrefix(group.Path, []byte("/..")) { // Outside the mounted part of the hierarchy.
			continue
		}
		if tree := source.Cgroup2(own); tree != nil {
			inode, _ = own.Inode(tree.Name() + string(group.Path))
			return inode
		}
	}
	return 0
}

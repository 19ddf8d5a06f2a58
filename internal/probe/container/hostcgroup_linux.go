// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package container

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// hostGroup is the path of our control group in the host's tree, for where that is in sight below a root.
type hostCgroup struct {
	inode uint64 // Of the group that was searched for.
	path  []byte // What was found.
}

// find returns the path, nil if it is not in sight. cgroup is the text of our /proc/self/cgroup. Whoever is in a namespace
// of control groups calls its root /, but the inode of that group has the number that it has for everybody: there is one
// hierarchy of version 2. The tree is searched once for each group.
func (h *hostCgroup) find(own, host *pseudofs.FS, cgroup []byte) []byte {
	inode := inodeOfGroup(own, cgroup)
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

// inodeOfGroup is that of our control group of version 2, as it is mounted for us, 0 if it is not.
func inodeOfGroup(own *pseudofs.FS, cgroup []byte) (inode uint64) {
	var groups procfs.PIDCgroup
	_ = groups.Parse(cgroup)
	for i := range groups.Groups {
		group := &groups.Groups[i]
		if group.Hierarchy != 0 || bytes.HasPrefix(group.Path, []byte("/..")) { // Outside of what is mounted.
			continue
		}
		if tree := source.Cgroup2(own); tree != nil {
			inode, _ = own.Inode(tree.Name() + string(group.Path))
			return inode
		}
	}
	return 0
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package quota

import "github.com/superviz-io/hostprobe/internal/pseudofs"

// isRootCgroup reports whether a directory is the root cgroup of its hierarchy. The path / proves nothing: it is also the root
// of every cgroup namespace. Files that the kernel creates only in the root cgroup, or only outside of it, do.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, cgroup.events ("exists on non-root cgroups"), and
// cgroup-v1/cgroups.rst, release_agent ("this file exists in the top cgroup only").
func isRootCgroup(fs *pseudofs.FS, dir string, version int) bool {
	if version == 1 {
		return fs.Exists(dir + "/release_agent")
	}
	return fs.Exists(dir+"/cgroup.controllers") && !fs.Exists(dir+"/cgroup.events")
}

// unlessRoot is the place, none where it is a root. No limit can be set there (kernel/sched/core.c, tg_set_cfs_bandwidth;
// mm/memcontrol-v1.c, mem_cgroup_write), and what is used there is used by the whole host. blkio of version 1 is another
// matter: it limits a root too.
func (l *location) unlessRoot() *location {
	if l.isRoot {
		return &location{}
	}
	return l
}

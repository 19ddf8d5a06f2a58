// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import "github.com/superviz-io/hostprobe/internal/pseudofs"

// Cgroup2 returns the hierarchy of cgroup version 2 below a root, nil if none is mounted where systemd mounts it: alone, or
// beside version 1.
func Cgroup2(fs *pseudofs.FS) *pseudofs.Tree {
	for _, name := range [...]string{"sys/fs/cgroup", "sys/fs/cgroup/unified"} {
		if tree := fs.Tree(name); tree.IsCgroup2() {
			return tree
		}
	}
	return nil
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/procfs"
)

// mountRoots is a set of directories of filesystems that mounts show.
type mountRoots map[mountRoot]struct{}

// mountRoot is a directory of a filesystem, which its device number identifies.
type mountRoot struct {
	major, minor uint32
	root         string // As mountinfo has it.
}

func rootOf(k *procfs.Mount) mountRoot { return mountRoot{k.Major, k.Minor, string(k.Root)} }

// add adds the root of a mount, and reports whether no other mount showed it before.
func (r mountRoots) add(k *procfs.Mount) (first bool) {
	root := rootOf(k)
	_, known := r[root]
	r[root] = struct{}{}
	return !known
}

// showAbove reports whether a mount shows a directory of the same filesystem that is above the root of k.
func (r mountRoots) showAbove(k *procfs.Mount) bool {
	for root := k.Root; ; {
		slash := bytes.LastIndexByte(root, '/')
		if slash < 0 || len(root) == 1 {
			return false
		}
		root = root[:max(slash, 1)]
		if _, ok := r[mountRoot{k.Major, k.Minor, string(root)}]; ok {
			return true
		}
	}
}

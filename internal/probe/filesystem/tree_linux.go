// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/procfs"
)

// mountTree tells which mounts a path still leads to: another may lie over a mount, or over a directory above it.
type mountTree struct {
	mounts []procfs.Mount
	byID   map[uint64]int
	onto   map[onto]struct{}
	states []treeState
}

// onto is where a mount is mounted: on which mount, and at which path.
type onto struct {
	parent uint64
	path   string
}

type treeState uint8

const (
	treeUnknown treeState = iota
	treeVisiting
	treeReached
	treeHidden
)

func (t *mountTree) build(mounts []procfs.Mount) {
	t.mounts, t.states = mounts, make([]treeState, len(mounts))
	t.byID, t.onto = make(map[uint64]int, len(mounts)), make(map[onto]struct{}, len(mounts))
	for i := range mounts {
		m := &mounts[i]
		t.byID[m.ID] = i
		if m.Parent != m.ID { // That of the first mount of all is itself.
			t.onto[onto{m.Parent, string(m.MountPoint)}] = struct{}{}
		}
	}
}

// visible reports whether the path of the mount with this index leads to it.
func (t *mountTree) visible(i int) bool {
	m := &t.mounts[i]
	_, covered := t.onto[onto{m.ID, string(m.MountPoint)}]
	return !covered && t.reached(i)
}

// reached reports whether the way to a mount, as the kernel goes it from parent to child, enters it.
func (t *mountTree) reached(i int) bool {
	switch t.states[i] {
	case treeReached, treeVisiting: // Only malformed text has parents in a circle.
		return true
	case treeHidden:
		return false
	}
	t.states[i] = treeVisiting
	m := &t.mounts[i]
	parent, listed := t.byID[m.Parent]
	ok := !listed || parent == i || t.reached(parent) && !t.hidden(m, len(t.mounts[parent].MountPoint))
	if t.states[i] = treeHidden; ok {
		t.states[i] = treeReached
	}
	return ok
}

// shadowed reports whether another mount on the same parent lies at the parent's own path or on the way from there to m.
func (t *mountTree) hidden(m *procfs.Mount, parentLength int) bool {
	for end := len(m.MountPoint); end > 0; {
		end = bytes.LastIndexByte(m.MountPoint[:end], '/')
		prefix := m.MountPoint[:max(end, 1)]
		if len(prefix) < parentLength || len(prefix) == len(m.MountPoint) {
			return false
		}
		if _, ok := t.onto[onto{m.Parent, string(prefix)}]; ok {
			return true
		}
	}
	return false
}

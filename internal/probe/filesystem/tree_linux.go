// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/procfs"
)

// mountTree finds out which mounts their paths lead to: another mount may cover a mount, or a directory above it.
type mountTree struct {
	mounts []procfs.Mount
	byID   map[uint64]int
	points map[mountPoint]struct{}
	states []treeState
}

// mountPoint is where a mount is mounted: on the mount with the ID parent, at path.
type mountPoint struct {
	parent uint64
	path   string
}

// treeState is what is known of the way to a mount.
type treeState uint8

const (
	treeUnknown treeState = iota
	treeVisiting
	treeReached
	treeHidden
)

// build reads the mounts of mountinfo, which must not change while the tree is in use.
func (t *mountTree) build(mounts []procfs.Mount) {
	t.mounts, t.states = mounts, make([]treeState, len(mounts))
	t.byID, t.points = make(map[uint64]int, len(mounts)), make(map[mountPoint]struct{}, len(mounts))
	for i := range mounts {
		m := &mounts[i]
		t.byID[m.ID] = i
		if m.Parent != m.ID { // The root mount of a namespace may be its own parent.
			t.points[mountPoint{m.Parent, string(m.MountPoint)}] = struct{}{}
		}
	}
}

// visible reports whether the path of the mount with this index leads to it.
func (t *mountTree) visible(i int) bool {
	m := &t.mounts[i]
	_, covered := t.points[mountPoint{m.ID, string(m.MountPoint)}]
	return !covered && t.reached(i)
}

// reached reports whether the kernel, which resolves a path from parent to child mounts, comes to the mount with this index.
func (t *mountTree) reached(i int) bool {
	switch t.states[i] {
	case treeReached, treeVisiting: // Only malformed mountinfo has cycles.
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

// hidden reports whether another mount on the same parent covers the parent's own path, or a directory between that and m.
func (t *mountTree) hidden(m *procfs.Mount, parentLength int) bool {
	for end := len(m.MountPoint); end > 0; {
		end = bytes.LastIndexByte(m.MountPoint[:end], '/')
		prefix := m.MountPoint[:max(end, 1)]
		if len(prefix) < parentLength || len(prefix) == len(m.MountPoint) {
			return false
		}
		if _, ok := t.points[mountPoint{m.Parent, string(prefix)}]; ok {
			return true
		}
	}
	return false
}

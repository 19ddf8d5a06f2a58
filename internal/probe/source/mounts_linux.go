// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import (
	"strings"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// mounts knows the file systems of the directories directly below the root. They are looked up on a thread of the pool, for
// the root itself may be on a file server.
type mounts struct {
	fs    *pseudofs.FS
	calls *blocking.Pool
	known map[string]*mountLookup
}

// mountLookup is the lookup of one directory.
type mountLookup struct {
	call  blocking.State
	name  string
	mount pseudofs.Mount
	err   error
	done  bool
}

// State implements blocking.Call.
func (m *mountLookup) State() *blocking.State { return &m.call }

// Do implements blocking.Call.
func (m *mountLookup) Do(fs *pseudofs.FS) { m.mount, m.err = fs.MountOf(m.name) }

// hold reports whether the file lies on the file system of its directory below the root, and not on that of a file server.
func (m *mounts) hold(sc *Scrape, file string) bool {
	name, _, _ := strings.Cut(file, "/")
	dir := m.known[name]
	if dir == nil {
		dir = &mountLookup{name: name}
		m.known[name] = dir
	}
	if !dir.done {
		var own blocking.Budget
		dir.done = m.calls.Await(sc.Context, &own, dir) == nil
	}
	return dir.done && dir.err == nil && dir.mount.Holds(m.fs, file)
}

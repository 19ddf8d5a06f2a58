// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package runtimes tells what we run in: the container, the runtime that has made it and the orchestrator that has placed
// it. It is pure: it judges what was found, and says what is to be looked for.
//
// What stands as evidence for what is in the tables, one row for each runtime and each orchestrator. docs/containers.md
// shows them.
package runtimes

import (
	"bytes"
	"strings"

	"github.com/superviz-io/hostprobe/internal/cgroupfs"
	"github.com/superviz-io/hostprobe/internal/procfs"
)

// Evidence is what a process can see of what it runs in. All of it is from its own root and its own /proc/self.
type Evidence struct {
	// Cgroup is the text of /proc/self/cgroup.
	Cgroup []byte
	// HostGroup is the path of our cgroup in the host's own tree, where that can be seen.
	HostGroup []byte
	// Mounts are those of /proc/self/mountinfo.
	Mounts []procfs.Mount
	// Files are those of Files that are there, by name, with their contents. What may not be read, and what is no plain file,
	// is omitted.
	Files map[string][]byte
	// Variables are those of our own environment that Variables names.
	Variables map[string]string
	Hostname  string
	// PIDNamespace and CgroupNamespace are the inodes of our namespaces, 0 where they are unknown.
	PIDNamespace, CgroupNamespace uint64

	// What the paths of our cgroup say, as far as they are believed.
	owner                 cgroupfs.Owner
	pod, allocation, task string
	ecsTask               string
	inPod                 bool
}

// isApart reports whether our pid or cgroup namespace is not the one that the host's kernel started in. Runtimes make at least
// one of the two. The other namespaces prove nothing: systemd gives mount, uts, ipc, user and network namespaces to
// sandboxed services.
func (e *Evidence) isApart() bool {
	return e.PIDNamespace != 0 && e.PIDNamespace != procfs.PIDInitInode ||
		e.CgroupNamespace != 0 && e.CgroupNamespace != procfs.CgroupInitInode
}

// clue is one piece of evidence. Everything that it names must be there.
type clue struct {
	file string // Below our root.
	says string // What the file begins with.

	variable string // Of our environment, not empty.
	value    string // What it is.

	// at are mount points of which one must have a mount. of is what the mounted directory's or file's path in its own file
	// system ends with: see match.
	at []string
	of string

	// ask is for what takes more than that.
	ask func(*Evidence) string
	// shared says that containers of one pod or one network have it in common: it does not distinguish them.
	shared bool
	// outside is set for a clue that counts outside of any container too.
	outside bool
}

// isWeak reports whether the clue is a file or a variable alone. It may come from an image, from the template of a virtual
// machine or from an administrator, so it counts only beside a namespace: see isApart.
func (c *clue) isWeak() bool { return c.at == nil && (c.file != "" || c.variable != "") && !c.outside }

// find looks for a clue, and returns what it says: of several things that it names, the last.
func (c *clue) find(e *Evidence) (text string, ok bool) {
	if c.file != "" {
		said, there := e.Files[c.file]
		if !there || !bytes.HasPrefix(said, []byte(c.says)) {
			return "", false
		}
		text = string(bytes.TrimSpace(said))
	}
	if c.variable != "" {
		value := e.Variables[c.variable]
		if value == "" || c.value != "" && value != c.value {
			return "", false
		}
		text = value
	}
	if c.at != nil {
		if text, ok = e.mounted(c.at, c.of); !ok {
			return "", false
		}
	}
	if c.ask != nil {
		if text = c.ask(e); text == "" {
			return "", false
		}
	}
	return text, true
}

// any reports whether one of the clues is there that count.
func (e *Evidence) any(clues []clue) bool {
	apart := e.isApart()
	for i := range clues {
		if clues[i].isWeak() && !apart {
			continue
		}
		if _, ok := clues[i].find(e); ok {
			return true
		}
	}
	return false
}

// first is what the first of the clues that are there says. Those that are shared are passed over where several may have
// them in common.
func (e *Evidence) first(clues []clue, inCommon bool) string {
	for i := range clues {
		if clues[i].shared && inCommon {
			continue
		}
		if text, _ := clues[i].find(e); text != "" {
			return text
		}
	}
	return ""
}

// mounted looks for a mount at one of the mount points that is of what the pattern says, and returns what that captures.
func (e *Evidence) mounted(at []string, of string) (captured string, ok bool) {
	for i := range e.Mounts {
		m := &e.Mounts[i]
		for _, point := range at {
			if string(m.MountPoint) != point {
				continue
			}
			if captured, ok = match(of, string(procfs.AppendUnescaped(nil, m.Root))); ok {
				return captured, true
			}
		}
	}
	return "", false
}

// match reports whether the path ends with what the pattern says, component by component, and returns the component whose
// pattern is in braces. ID is the id of a container, UID that of a pod, NAME any name; *x is anything that ends with x.
func match(pattern, path string) (captured string, ok bool) {
	if pattern == "" {
		return "", true
	}
	path = strings.TrimSuffix(path, "//deleted") // So the kernel marks what has lost its name since.
	for pattern != "" {
		var want, got string
		pattern, want = cutLast(pattern)
		path, got = cutLast(path)
		bare := strings.Trim(want, "{}")
		if !matchOne(bare, got) {
			return "", false
		}
		if bare != want {
			captured = got
		}
	}
	return captured, true
}

func cutLast(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

func matchOne(pattern, name string) bool {
	switch pattern {
	case "ID":
		return cgroupfs.IsID([]byte(name))
	case "UID":
		return cgroupfs.IsUID([]byte(name))
	case "NAME":
		return name != ""
	}
	if end, isEnd := strings.CutPrefix(pattern, "*"); isEnd {
		return name != "" && strings.HasSuffix(name, end)
	}
	return name == pattern
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// PIDCgroup is /proc/PID/cgroup: the cgroup of a process in each hierarchy.
//
//	4:memory:/system.slice/otelcol.service
//	2:cpu,cpuacct:/
//	1:name=systemd:/system.slice/otelcol.service
//	0::/system.slice/otelcol.service
//
// Source: cgroups(7); kernel/cgroup/cgroup.c, proc_cgroup_show. Paths begin at the root of the reader's cgroup namespace; a
// group outside of it begins with /.. once for each step up. A path can hold any byte but 0 and newline, also colons.
type PIDCgroup struct {
	// Groups has one element for each line, in the order of the file. Reused by the next Parse.
	Groups []PIDGroup

	bad scan.LineError
}

// PIDGroup is one line of /proc/PID/cgroup. Its slices alias the text that was parsed.
type PIDGroup struct {
	// Hierarchy is 0 for version 2.
	Hierarchy uint64
	// Controllers are those of a hierarchy of version 1, parted by commas; one without any has name=… instead.
	Controllers []byte
	Path        []byte
}

// Has reports whether the group's hierarchy is the one of version 1 that has this controller.
func (g *PIDGroup) Has(controller string) bool {
	for rest := g.Controllers; len(rest) > 0; {
		var name []byte
		if name, rest, _ = bytes.Cut(rest, []byte{','}); string(name) == controller {
			return true
		}
	}
	return false
}

// Parse reads the text of /proc/PID/cgroup. The error is nil or a *scan.LineError, valid until the next Parse.
func (p *PIDCgroup) Parse(b []byte) error {
	p.Groups, p.bad = p.Groups[:0], scan.LineError{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		group, ok := parsePIDGroup(line)
		if !ok {
			p.bad.Add(number)
			continue
		}
		p.Groups = append(p.Groups, group)
	}
	return p.bad.Err()
}

func parsePIDGroup(line []byte) (g PIDGroup, ok bool) {
	hierarchy, line, _ := bytes.Cut(line, []byte{':'})
	g.Controllers, g.Path, _ = bytes.Cut(line, []byte{':'})
	g.Hierarchy, ok = scan.Uint(hierarchy)
	// Version 2 has no list, and version 1 always has one.
	return g, ok && (g.Hierarchy == 0) == (len(g.Controllers) == 0) && len(g.Path) > 0 && g.Path[0] == '/'
}

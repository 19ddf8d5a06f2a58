// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// EachPath calls visit for each line of /proc/PID/cgroup: in every hierarchy there is one group that the process is in.
//
//	12:cpu,cpuacct:/system.slice/ssh.service
//	0::/system.slice/ssh.service
//
// unified is the hierarchy of version 2. The path is that below the root of the reader's cgroup namespace, so / proves
// nothing, and what is outside of it begins with /.. . Source: kernel/cgroup/cgroup.c, proc_cgroup_show. A line that has
// another form is left out.
func EachPath(b []byte, visit func(path []byte, unified bool)) {
	for len(b) > 0 {
		var line []byte
		line, b = scan.Line(b)
		hierarchy, rest, _ := bytes.Cut(line, []byte{':'})
		controllers, path, ok := bytes.Cut(rest, []byte{':'}) // A path may have colons, and the name of a hierarchy has none.
		if _, isNumber := scan.Uint(hierarchy); !ok || !isNumber || len(path) == 0 || path[0] != '/' {
			continue
		}
		visit(bytes.TrimSuffix(path, []byte(" (deleted)")), string(hierarchy) == "0" && len(controllers) == 0)
	}
}

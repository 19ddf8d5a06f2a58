// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import "bytes"

// AppendDir appends to dst the directory of a group: mountPoint is where a hierarchy is mounted, mountRoot the group that
// is mounted there, and path that of the group, as /proc/PID/cgroup has it. ok is false where the group is not below
// that mount, or cannot be found there: the kernel writes /.. for each step above the root of the reader's cgroup
// namespace, and does not name what it steps out of.
//
// Source: cgroup_namespaces(7).
func AppendDir(dst, mountPoint, mountRoot, path []byte) (dir []byte, ok bool) {
	below, ok := bytes.CutPrefix(path, bytes.TrimRight(mountRoot, "/"))
	if !ok || len(below) > 0 && below[0] != '/' || string(below) == "/.." || bytes.HasPrefix(below, []byte("/../")) {
		return dst, false
	}
	dst = append(dst, bytes.TrimRight(mountPoint, "/")...)
	return append(dst, bytes.TrimRight(below, "/")...), true
}

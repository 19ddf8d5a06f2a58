// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import "bytes"

// Pod returns the uid of the innermost pod of Kubernetes that the path of a control group leads through, nil if there is
// none. The kubelet names its groups podUID, and by way of systemd kubepods-burstable-podUID.slice, where the hyphens of
// the uid are underscores: they stay so.
func Pod(path []byte) []byte {
	for parent, name := cutLast(path); len(name) > 0 || len(parent) > 0; parent, name = cutLast(parent) {
		name, _, _ = bytes.Cut(name, []byte{':'}) // containerd without systemd: SLICE:PREFIX:ID.
		name = bytes.TrimSuffix(name, []byte(".slice"))
		i := bytes.LastIndex(name, []byte("pod"))
		if i < 0 || i > 0 && name[i-1] != '-' {
			continue
		}
		if uid := name[i+len("pod"):]; IsUID(uid) {
			return uid
		}
	}
	return nil
}

// Allocation returns the allocation of Nomad and the task in it whose group this is, nil if it is that of none. Nomad
// makes /nomad.slice/share.slice/ALLOCATION.TASK.scope, in version 1 /nomad/ALLOCATION.TASK: below the root, where nobody
// else may.
func Allocation(path []byte) (allocation, task []byte) {
	if !bytes.HasPrefix(path, []byte("/nomad.slice/")) && !bytes.HasPrefix(path, []byte("/nomad/")) {
		return nil, nil
	}
	for parent, name := cutLast(path); len(name) > 0; parent, name = cutLast(parent) {
		allocation, task, _ = bytes.Cut(bytes.TrimSuffix(name, []byte(".scope")), []byte{'.'})
		if IsUID(allocation) && len(task) > 0 {
			return allocation, task
		}
	}
	return nil, nil
}

// IsUID reports whether b has the form of a pod's uid: a UUID, its hyphens maybe underscores, or, for a pod that the
// kubelet has from a file, 32 digits.
func IsUID(b []byte) bool {
	if len(b) != 36 && len(b) != 32 {
		return false
	}
	for i, c := range b {
		if len(b) == 36 && (i == 8 || i == 13 || i == 18 || i == 23) {
			if c != '-' && c != '_' {
				return false
			}
		} else if !isHexDigit(c) {
			return false
		}
	}
	return true
}

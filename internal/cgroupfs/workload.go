// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// Pod returns the uid of the innermost pod of Kubernetes that the path of a cgroup leads through, nil if there is
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
// makes /nomad.slice/share.slice/ALLOCATION.TASK.scope, in version 1 /nomad/ALLOCATION.TASK: below the root, where
// unprivileged processes may not create cgroups.
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

// ECSTask returns the task of Amazon ECS in the path of a cgroup, nil if there is none. The agent makes
// /ecs/TASK/CONTAINER or /ecs/CLUSTER/TASK/CONTAINER, in version 2 /ecstasks.slice/ecstasks-TASK.slice/…: below the root,
// where only root may.
func ECSTask(path []byte) []byte {
	if rest, ok := bytes.CutPrefix(path, []byte("/ecstasks.slice/ecstasks-")); ok {
		task, _, _ := bytes.Cut(rest, []byte{'/'})
		if task, ok = bytes.CutSuffix(task, []byte(".slice")); ok && IsUID(task) {
			return task
		}
		return nil
	}
	rest, ok := bytes.CutPrefix(path, []byte("/ecs/"))
	for ok {
		var name []byte
		if name, rest, ok = bytes.Cut(rest, []byte{'/'}); IsUID(name) {
			return name
		}
	}
	return nil
}

// IsECSContainer reports whether b has the form of the ids that Fargate gives to containers: that of the task, 32 digits,
// a hyphen and a decimal number.
func IsECSContainer(b []byte) bool {
	task, number, _ := bytes.Cut(b, []byte{'-'})
	_, ok := scan.Uint(number)
	return ok && len(task) == 32 && IsUID(task)
}

// IsUID reports whether b has the form of a pod's uid: a UUID, its hyphens maybe underscores, or, for a pod that the
// kubelet has from a file, 32 digits. Tasks of Amazon ECS have such ids too.
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

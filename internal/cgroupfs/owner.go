// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package cgroupfs understands what the kernel, and runtimes that create cgroups, write about them. It is pure: it reads
// neither files nor the clock.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/; https://systemd.io/CGROUP_DELEGATION/.
package cgroupfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// Owner is what the path of a cgroup says of the processes in it. It aliases the path. The process that creates a cgroup
// chooses its name: what the name says is a claim.
type Owner struct {
	// Unit is the innermost systemd unit, of the system or of a user: foo.service, session-2.scope.
	Unit []byte
	// Container is the id of the innermost container, a name where the runtime knows its containers by names, with the
	// escapes of the path: see AppendContainer.
	Container []byte
	// Runtime is the name of the runtime that has made the container, empty where the cgroup's name does not identify it.
	Runtime string
}

// AppendContainer appends the id of the container to dst, as its runtime shows it. systemd-machined escapes the name of a
// machine in that of its unit: my\x2dbox is my-box to machinectl. Names of LXC stand as they are, and ids are hexadecimal.
func (o *Owner) AppendContainer(dst []byte) []byte {
	if o.Runtime == "lxc" {
		return append(dst, o.Container...)
	}
	for id := o.Container; len(id) > 0; {
		c, size, _ := unescaped(id)
		dst = append(dst, c)
		id = id[size:]
	}
	return dst
}

// OwnerOf reads the path of a cgroup, from the root of the hierarchy on.
func OwnerOf(path []byte) Owner {
	var o Owner
	var slice []byte
	for parent, name := cutLast(path); len(name) > 0 || len(parent) > 0; parent, name = cutLast(parent) {
		_, above := cutLast(parent)
		if o.Container == nil {
			o.Container, o.Runtime = containerOf(name, above)
		}
		switch {
		case o.Unit == nil && isUnit(name):
			o.Unit = name
		case slice == nil && bytes.HasSuffix(name, []byte(".slice")):
			slice = name
		}
		if o.Unit != nil && o.Container != nil {
			break
		}
	}
	if o.Unit == nil { // A process that is in a slice itself.
		o.Unit = slice
	}
	return o
}

// cutLast splits the last name off a path.
func cutLast(path []byte) (parent, name []byte) {
	path = bytes.TrimRight(path, "/")
	i := bytes.LastIndexByte(path, '/')
	if i < 0 {
		return nil, path
	}
	return path[:i], path[i+1:]
}

// unitSuffixes are the types of units that have processes, see systemd.unit(5), but for slices, which have units.
var unitSuffixes = [...][]byte{[]byte(".service"), []byte(".scope"), []byte(".socket"), []byte(".mount"), []byte(".swap")}

func isUnit(name []byte) bool {
	for _, suffix := range unitSuffixes {
		if len(name) > len(suffix) && bytes.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// runtimePrefixes stand before the id in the name that a container runtime gives to a group: by way of systemd a scope
// (docker-ID.scope), else a directory (crio-ID, libpod-ID). podman --cgroups=split, which Quadlet uses, stays in the group
// of its service: the container is in SERVICE/libpod-payload-ID, conmon in SERVICE/runtime. Groups of a runtime's own
// helpers are named in other ways (crio-conmon-ID, libpod-conmon-ID) and are no containers. Of two prefixes that fit, the
// longer one is first.
var runtimePrefixes = [...]struct {
	prefix  []byte
	runtime string
}{
	{[]byte("docker-"), "docker"},
	{[]byte("cri-containerd-"), "containerd"},
	{[]byte("crio-"), "cri-o"},
	{[]byte("libpod-payload-"), "podman"},
	{[]byte("libpod-"), "podman"},
	{[]byte("nerdctl-"), "containerd"},
	{[]byte("containerd-"), "containerd"},
}

// containerOf returns the id of the container whose group has this name, nil if it is that of none, and its runtime.
func containerOf(name, above []byte) (id []byte, runtime string) {
	id, isScope := bytes.CutSuffix(name, []byte(".scope"))
	for i := range runtimePrefixes {
		if rest, ok := bytes.CutPrefix(id, runtimePrefixes[i].prefix); ok {
			id, runtime = rest, runtimePrefixes[i].runtime
			break
		}
	}
	switch i := bytes.LastIndexByte(name, ':'); {
	case IsID(id) && runtime == "" && string(above) == "docker": // docker without systemd.
		return id, "docker"
	case IsID(id):
		return id, runtime
	case i >= 0 && IsID(name[i+1:]): // containerd without systemd: SLICE:PREFIX:ID.
		return name[i+1:], "containerd"
	case IsECSContainer(name) && bytes.HasPrefix(name, above) && IsUID(above): // Fargate: /ecs/TASK/TASK-NUMBER.
		return name, ""
	}
	if machine, runtime := machineOf(name, id, isScope); machine != nil {
		return machine, runtime
	}
	if container := lxcOf(name, above); container != nil {
		return container, "lxc"
	}
	return nil, ""
}

// IsID reports whether b has the form of the ids that container runtimes make: 64 hexadecimal digits.
func IsID(b []byte) bool {
	if len(b) != 64 {
		return false
	}
	for _, c := range b {
		if !isHexDigit(c) {
			return false
		}
	}
	return true
}

func isHexDigit(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }

// machineOf returns the name, with escapes, of the container that is registered as a machine with systemd-machined, and
// its runtime: that of a systemd-nspawn@NAME.service or a machine-NAME.scope. Virtual machines have such scopes too.
//
// Source: systemd, src/machine/machine-dbus.c and src/basic/unit-name.c, unit_name_escape; libvirt,
// src/hypervisor/domain_driver.c, which names its machines DRIVER-NUMBER-NAME, before 2.0 DRIVER-NAME.
func machineOf(name, scope []byte, isScope bool) (machine []byte, runtime string) {
	if service, ok := bytes.CutPrefix(name, []byte("systemd-nspawn@")); ok {
		if machine, ok = bytes.CutSuffix(service, []byte(".service")); ok && isMachineName(machine) {
			return machine, "systemd-nspawn"
		}
		return nil, ""
	}
	machine, ok := bytes.CutPrefix(scope, []byte("machine-"))
	switch {
	case !ok || !isScope || !isMachineName(machine):
		return nil, ""
	case hasDriver(machine, "qemu"), hasDriver(machine, "xen"), hasDriver(machine, "bhyve"), hasNumber(machine, "ch"):
		return nil, "" // A virtual machine.
	case hasDriver(machine, "lxc"):
		return machine, "" // Made by libvirt, not by systemd-nspawn, and not by LXC.
	}
	return machine, "systemd-nspawn"
}

// isMachineName reports whether every escape in a name is whole, and stands for what a name can hold.
func isMachineName(name []byte) bool {
	for rest := name; len(rest) > 0; {
		c, size, ok := unescaped(rest)
		if !ok || c == 0 || c == '/' {
			return false
		}
		rest = rest[size:]
	}
	return len(name) > 0
}

// hasDriver reports whether the name of a machine begins with that of a driver of libvirt and a hyphen.
func hasDriver(machine []byte, driver string) bool {
	_, ok := afterHyphen(machine, driver)
	return ok
}

// hasNumber is hasDriver for a driver whose name is too short to count without the number that stands behind it.
func hasNumber(machine []byte, driver string) bool {
	rest, ok := afterHyphen(machine, driver)
	return ok && len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9'
}

func afterHyphen(machine []byte, word string) (rest []byte, ok bool) {
	rest, ok = bytes.CutPrefix(machine, []byte(word))
	if !ok || len(rest) == 0 {
		return nil, false
	}
	c, size, _ := unescaped(rest)
	return rest[size:], c == '-'
}

// unescaped returns the first byte that b stands for, and how many bytes of b that takes: an escape \xNN has four. ok is
// false for a backslash that starts none.
func unescaped(b []byte) (c byte, size int, ok bool) {
	if b[0] != '\\' {
		return b[0], 1, true
	}
	if len(b) < 4 || b[1] != 'x' {
		return b[0], 1, false
	}
	n, ok := scan.Hex(b[2:4])
	if !ok {
		return b[0], 1, false
	}
	return byte(n), 4, true
}

// lxcOf returns the name of the container that LXC, LXD or Incus runs in a group: lxc.payload.NAME, lxc.payload/NAME or
// lxc/NAME. lxc.monitor… is the process that watches it.
func lxcOf(name, above []byte) []byte {
	if container, ok := bytes.CutPrefix(name, []byte("lxc.payload.")); ok && len(container) > 0 {
		return container
	}
	if len(name) > 0 && (string(above) == "lxc.payload" || string(above) == "lxc") {
		return name
	}
	return nil
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package runtimes

// Socket is where a container runtime of the host listens.
type Socket struct {
	Runtime string
	Path    string // Below the root of the host.
}

// Sockets are those that are looked for. Runtimes without a process of their own, such as LXC and systemd-nspawn, have
// none.
var Sockets = [...]Socket{
	{"docker", "run/docker.sock"},
	{"podman", "run/podman/podman.sock"},
	{"containerd", "run/containerd/containerd.sock"},
	{"containerd", "run/k3s/containerd/containerd.sock"}, // Also RKE2.
	{"containerd", "run/k0s/containerd.sock"},
	{"containerd", "var/snap/microk8s/common/run/containerd.sock"},
	{"cri-o", "run/crio/crio.sock"},
	{"lxd", "var/snap/lxd/common/lxd/unix.socket"},
	{"lxd", "var/lib/lxd/unix.socket"},
	{"incus", "run/incus/unix.socket"},
	{"incus", "var/lib/incus/unix.socket"},
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Runtime is what we run in. An empty string is unknown, or there is none. Names are the claims of the process that started us.
type Runtime struct {
	// ContainerRuntime has made the container that we are in: docker, podman, containerd, cri-o, lxc, lxd, incus,
	// systemd-nspawn. Empty outside of any container, and where it is unknown.
	ContainerRuntime string
	// Orchestrator placed us: kubernetes, openshift, nomad, ecs.
	Orchestrator string
	// ContainerID is the runtime's: a name where it knows its containers by names.
	ContainerID string
	// Workload is the pod, the allocation or the task that the orchestrator placed.
	WorkloadID, WorkloadName, Namespace string
	ContainerName                       string // As the orchestrator names it.

	// Available are the container runtimes of the host, known by their sockets.
	Available []AvailableRuntime
}

// InContainer reports whether we are in one.
func (r *Runtime) InContainer() bool { return r.ContainerRuntime != "" || r.ContainerID != "" }

// AvailableRuntime is one container runtime of the host.
type AvailableRuntime struct {
	Name       string
	SocketPath string // On the host.
	Known      bool   // Whether it runs could be found out: we may connect to it.
	Running    bool   // A process listens at its socket.
}

// RuntimeWant selects fields of Runtime.
type RuntimeWant struct {
	Available bool // Every runtime socket that exists is connected to.
}

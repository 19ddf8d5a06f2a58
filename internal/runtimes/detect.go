// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package runtimes

import (
	"bytes"
	"strings"

	"github.com/superviz-io/hostprobe/internal/cgroupfs"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/scan"
)

// Verdict is what we run in. What is empty is unknown, or there is none. Names are as those who gave them wrote them.
type Verdict struct {
	// Runtime has made the container, ContainerID is how it knows it: a name, where it knows its containers by names.
	Runtime, ContainerID string
	// Orchestrator has placed the workload: a pod, an allocation.
	Orchestrator                        string
	WorkloadID, WorkloadName, Namespace string
	ContainerName                       string // As the orchestrator names it.
}

// Detect judges the evidence.
func Detect(e *Evidence) (v Verdict) {
	e.weigh()
	var placed *orchestrator
	for i := range orchestrators {
		o := &orchestrators[i]
		if !e.any(o.proof) {
			continue
		}
		placed, v.Orchestrator = o, o.name
		v.WorkloadID = strings.ReplaceAll(e.first(o.workloadID, false), "_", "-") // systemd has no hyphens to spare.
		v.WorkloadName, v.Namespace = e.first(o.workloadName, false), e.first(o.namespace, false)
		v.ContainerName = e.first(o.containerName, false)
		break
	}
	r := runtimeOf(e)
	if r != nil {
		v.Runtime = r.name
	}
	if v.ContainerID = string(e.owner.AppendContainer(nil)); v.ContainerID == "" && r != nil {
		v.ContainerID = e.first(r.id, v.Orchestrator != "")
	}
	if v.ContainerID == "" && placed != nil {
		v.ContainerID = e.first(placed.containerID, false)
	}
	return v
}

func runtimeOf(e *Evidence) *containerRuntime {
	for i := range containerRuntimes {
		if e.any(containerRuntimes[i].proof) {
			return &containerRuntimes[i]
		}
	}
	for i := range containerRuntimes {
		if e.any(containerRuntimes[i].hint) {
			return &containerRuntimes[i]
		}
	}
	return nil
}

// eachGroup calls visit for each path that our cgroup has: in the hierarchies, in the host's tree, and as the root
// of what is mounted as our tree, which is the group that the container was started in.
func (e *Evidence) eachGroup(visit func(path []byte)) {
	var own procfs.PIDCgroup
	_ = own.Parse(e.Cgroup) // A line that is malformed proves nothing.
	for i := range own.Groups {
		visit(bytes.TrimSuffix(own.Groups[i].Path, []byte(" (deleted)")))
	}
	if e.HostGroup != nil {
		visit(e.HostGroup)
	}
	for i := range e.Mounts {
		m := &e.Mounts[i]
		if bytes.HasPrefix(m.Type, []byte("cgroup")) && bytes.HasPrefix(m.MountPoint, []byte("/sys/fs/cgroup")) {
			visit(procfs.AppendUnescaped(nil, m.Root))
		}
	}
}

// weigh derives from the paths what several clues need.
func (e *Evidence) weigh() {
	e.owner, e.pod, e.allocation, e.task, e.ecsTask = cgroupfs.Owner{}, "", "", "", ""
	ownRoot := e.hasOwnRoot()
	e.eachGroup(func(path []byte) {
		if ownRoot && e.owner.Container == nil {
			e.owner = cgroupfs.OwnerOf(path)
		}
		if ownRoot && e.pod == "" {
			e.pod = string(cgroupfs.Pod(path))
		}
		if e.allocation == "" {
			allocation, task := cgroupfs.Allocation(path)
			e.allocation, e.task = string(allocation), string(task)
		}
		if e.ecsTask == "" {
			e.ecsTask = string(cgroupfs.ECSTask(path))
		}
	})
	e.inPod = e.any(podClues)
}

// hasOwnRoot reports whether something besides its cgroup says that the process has another root than the host's: any user
// may give a cgroup of his own any name, so that alone is not believed. What systemd mounts for a sandboxed service is not
// among it.
func (e *Evidence) hasOwnRoot() bool {
	for i := range containerRuntimes {
		if e.any(containerRuntimes[i].hint) {
			return true
		}
	}
	for i := range e.Mounts {
		m := &e.Mounts[i]
		switch string(m.MountPoint) {
		case "/":
			if bytes.HasSuffix(m.Type, []byte("overlay")) || bytes.HasSuffix(m.Type, []byte("overlayfs")) {
				return true
			}
		case "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/dev/console", "/dev/.lxd-mounts", "/dev/.incus-mounts", bootID:
			return true
		}
	}
	return false
}

// groupOf is a clue: the name of our cgroup is one that the runtime gives.
func groupOf(runtime string) func(*Evidence) string {
	return func(e *Evidence) string {
		if e.owner.Runtime == runtime {
			return string(e.owner.AppendContainer(nil))
		}
		return ""
	}
}

// inPod says something where there is a sign of the kubelet.
func inPod(e *Evidence) string {
	if e.inPod {
		return "yes"
	}
	return ""
}

func podOfGroup(e *Evidence) string        { return e.pod }
func allocationOfGroup(e *Evidence) string { return e.allocation }
func taskOfGroup(e *Evidence) string       { return e.task }
func ecsTaskOfGroup(e *Evidence) string    { return e.ecsTask }

// ecsContainerOf is the id at the end of the address that a variable has, where it is that of a container of Fargate. On
// other hosts the agent of ECS makes up another id for each container, which only its own service knows.
func ecsContainerOf(variable string) func(*Evidence) string {
	return func(e *Evidence) string {
		_, id := cutLast(e.Variables[variable])
		if !cgroupfs.IsECSContainer([]byte(id)) {
			return ""
		}
		return id
	}
}

// ecsTaskOf is the task in the id that ecsContainerOf finds.
func ecsTaskOf(variable string) func(*Evidence) string {
	return func(e *Evidence) string {
		task, _, _ := strings.Cut(ecsContainerOf(variable)(e), "-")
		return task
	}
}

// idOfHostname is the id in the network files of Docker, where the hostname is the beginning of it. A task of ECS whose
// containers share a network has the hostname of its network interface, and the files of a container that is not ours.
func idOfHostname(e *Evidence) string {
	const short = 12 // Digits of an id that Docker makes a hostname of.
	id, _ := e.mounted(network, "containers/{ID}/NAME")
	if len(e.Hostname) != short || !strings.HasPrefix(id, e.Hostname) {
		return ""
	}
	return id
}

// ecsMetadata captures a part of the directory in which the agent of ECS describes a container to itself, where that is switched on:
// mounted below /opt/ecs/metadata, by a name that is another one for each container.
func ecsMetadata(of string) func(*Evidence) string {
	return func(e *Evidence) string {
		for i := range e.Mounts {
			m := &e.Mounts[i]
			if !bytes.HasPrefix(m.MountPoint, []byte("/opt/ecs/metadata/")) {
				continue
			}
			if captured, ok := match(of, string(procfs.AppendUnescaped(nil, m.Root))); ok {
				return captured
			}
		}
		return ""
	}
}

// maxHostname is the length of a hostname (HOST_NAME_MAX less one): the kubelet truncates longer names of pods.
const maxHostname = 63

// wholeHostname is the hostname, unless it may have been truncated.
func wholeHostname(e *Evidence) string {
	if len(e.Hostname) >= maxHostname {
		return ""
	}
	return e.Hostname
}

// idInContainerenv is the line id="…" of /run/.containerenv.
func idInContainerenv(e *Evidence) string {
	for text := e.Files["run/.containerenv"]; len(text) > 0; {
		var line []byte
		line, text = scan.Line(text)
		if value, ok := bytes.CutPrefix(line, []byte("id=")); ok {
			if id := bytes.Trim(value, `"`); cgroupfs.IsID(id) {
				return string(id)
			}
		}
	}
	return ""
}

// rootOfSnapshotter says something where the root is an overlay of the snapshots that containerd keeps.
func rootOfSnapshotter(e *Evidence) string {
	for i := range e.Mounts {
		m := &e.Mounts[i]
		if string(m.MountPoint) == "/" && bytes.Contains(m.SuperOptions, []byte("/io.containerd.snapshotter.")) {
			return "yes"
		}
	}
	return ""
}

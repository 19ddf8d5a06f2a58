// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package container

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/runtimes"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// verdict writes what was detected in the form of testdata/runtimes.
func verdict(r *snapshot.Runtime) (text string) {
	for _, detected := range [...][2]string{
		{"runtime", r.ContainerRuntime},
		{"container_id", r.ContainerID},
		{"orchestrator", r.Orchestrator},
		{"workload_id", r.WorkloadID},
		{"workload_name", r.WorkloadName},
		{"namespace", r.Namespace},
		{"container_name", r.ContainerName},
	} {
		if detected[1] != "" {
			text += detected[0] + ": " + detected[1] + "\n"
		}
	}
	return text
}

// TestDetection reads the evidence of testdata/runtimes from a root that has it.
func TestDetection(t *testing.T) {
	hosttest.EachSurroundings(t, func(t *testing.T, evidence *hosttest.Surroundings) {
		p := within(t, evidence.Unpack(t, runtimes.Variables()), t.TempDir(), maxLength)
		p.detection.hostCgroup.path = []byte(evidence.HostGroup) // A directory of plain files is no cgroup hierarchy.
		var s snapshot.Snapshot
		assert.Empty(t, takeRuntime(p, &s))
		want := strings.NewReplacer("\t", `\x09`, `\xff`, `\x5cxff`).Replace(evidence.Verdict)
		assert.Equal(t, want, verdict(&s.Runtime), "names are printable")
		assert.True(t, s.Filled.Has(snapshot.DomainContainer) && s.Filled.Has(snapshot.DomainRuntime))
	})
}

// TestDetectionByDomain: each domain fills its own fields, and truncates names.
func TestDetectionByDomain(t *testing.T) {
	hosttest.EachSurroundings(t, func(t *testing.T, evidence *hosttest.Surroundings) {
		if evidence.Name != "kubernetes-containerd-v1" {
			return
		}
		p := within(t, evidence.Unpack(t, runtimes.Variables()), t.TempDir(), 4)
		var s snapshot.Snapshot
		p.Begin(&s, 1)
		require.Empty(t, p.readDomain(snapshot.DomainContainer))
		assert.Equal(t, "runtime: containerd\ncontainer_id: 7f3c\n", verdict(&s.Runtime))
		p.Begin(&s, 2)
		require.Empty(t, p.readDomain(snapshot.DomainRuntime))
		assert.Equal(t, "orchestrator: kubernetes\nworkload_id: 4f0c\nworkload_name: otel\nnamespace: moni\ncontainer_name: otel\n", verdict(&s.Runtime))
	})
}

// TestEvidenceComesAndGoes: a file that cannot be read is a fault of each scrape and no evidence. The other evidence counts.
func TestEvidenceComesAndGoes(t *testing.T) {
	for _, name := range runtimes.Variables() {
		t.Setenv(name, "")
	}
	own := t.TempDir()
	hosttest.Link(t, own, "proc/self/ns/pid", "pid:[4026532573]")
	p := within(t, own, t.TempDir(), maxLength)
	var s snapshot.Snapshot
	missing := func(d snapshot.Domain, name string) source.Fault {
		return source.Fault{Domain: d, Source: "proc/self/" + name, Reason: source.Unavailable, Err: unix.ENOENT}
	}
	bothMissing := []source.Fault{
		missing(snapshot.DomainContainer, "cgroup"), missing(snapshot.DomainContainer, "mountinfo"),
		missing(snapshot.DomainRuntime, "cgroup"), missing(snapshot.DomainRuntime, "mountinfo"),
	}
	for range 3 {
		assert.Equal(t, bothMissing, takeRuntime(p, &s))
		assert.Equal(t, snapshot.Runtime{}, s.Runtime)
	}
	hosttest.Write(t, own, ".dockerenv", "")
	assert.Equal(t, bothMissing, takeRuntime(p, &s))
	assert.Equal(t, snapshot.Runtime{}, s.Runtime, "nothing is detected again before the cgroup or the mounts change")
	hosttest.NoAllocs(t, func() {
		p.Begin(&s, 1)
		p.readDomain(snapshot.DomainContainer)
		p.readDomain(snapshot.DomainRuntime)
	})

	id := strings.Repeat("0a", 32)
	hosttest.Write(t, own, "proc/self/cgroup", "0::/docker/"+id+"\n")
	assert.Len(t, takeRuntime(p, &s), 2)
	assert.Equal(t, snapshot.Runtime{ContainerRuntime: "docker", ContainerID: id}, s.Runtime)
	hosttest.Write(t, own, "proc/self/cgroup", "0::/\n")
	hosttest.Write(t, own, "proc/self/mountinfo", "1 0 8:1 /"+id+" / rw - ext4 /dev/sda1 rw\nmalformed\n")
	assert.Empty(t, takeRuntime(p, &s))
	assert.Equal(t, snapshot.Runtime{ContainerRuntime: "docker"}, s.Runtime)
	hosttest.Remove(t, own, ".dockerenv")
	assert.Empty(t, takeRuntime(p, &s))
	assert.Equal(t, snapshot.Runtime{}, s.Runtime)
}

// TestMarkerIsASocket: a marker that is no regular file counts by its existence.
func TestMarkerIsASocket(t *testing.T) {
	own := t.TempDir()
	hosttest.Link(t, own, "proc/self/ns/cgroup", "cgroup:[4026532575]")
	defer unix.Close(listenAt(t, own, "dev/lxd/sock", 8))
	var s snapshot.Snapshot
	takeRuntime(within(t, own, t.TempDir(), maxLength), &s)
	assert.Equal(t, "lxd", s.Runtime.ContainerRuntime)
}

// TestMarkersOutsideOfContainers: files and variables make no container where the pid and the cgroup namespace are those that
// the kernel started in, and none where neither can be read.
func TestMarkersOutsideOfContainers(t *testing.T) {
	for _, name := range runtimes.Variables() {
		t.Setenv(name, "")
	}
	t.Setenv("container", "podman")
	for name, tt := range map[string]struct {
		pid, cgroup, want string
	}{
		"the host's":      {"pid:[4026531836]", "cgroup:[4026531835]", ""},
		"none":            {"", "", ""},
		"none of cgroups": {"pid:[4026531836]", "", ""}, // Before Linux 4.6.
		"no numbers":      {"pid:[]", "cgroup:", ""},
		"pid":             {"pid:[4026532573]", "cgroup:[4026531835]", "podman"},
		"cgroup":          {"pid:[4026531836]", "cgroup:[4026532575]", "podman"},
		"pid alone":       {"pid:[4026532573]", "", "podman"},
	} {
		t.Run(name, func(t *testing.T) {
			own := t.TempDir()
			hosttest.Write(t, own, "proc/self/cgroup", "0::/system.slice/otelcol.service\n")
			hosttest.Write(t, own, "proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n")
			hosttest.Write(t, own, ".dockerenv", "")
			hosttest.Write(t, own, "run/.containerenv", "engine=\"podman-5.2\"\n")
			for kind, target := range map[string]string{"pid": tt.pid, "cgroup": tt.cgroup} {
				if target != "" {
					hosttest.Link(t, own, "proc/self/ns/"+kind, target)
				}
			}
			var s snapshot.Snapshot
			assert.Empty(t, takeRuntime(within(t, own, t.TempDir(), maxLength), &s))
			assert.Equal(t, tt.want, s.Runtime.ContainerRuntime)
		})
	}
}

// BenchmarkDetection has a scrape that finds the evidence unchanged, and one that detects again.
func BenchmarkDetection(b *testing.B) {
	for _, again := range []bool{false, true} {
		b.Run(map[bool]string{false: "unchanged", true: "detected again"}[again], func(b *testing.B) {
			p := open(b, "", snapshot.RuntimeWant{})
			var s snapshot.Snapshot
			b.ReportAllocs()
			for b.Loop() {
				p.Begin(&s, 1)
				p.readDomain(snapshot.DomainContainer)
				if again {
					p.detection.detected = false
				}
			}
		})
	}
}

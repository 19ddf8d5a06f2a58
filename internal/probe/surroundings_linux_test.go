// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/runtimes"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// within is a probe of the host below host that runs in the container whose root is own.
func within(t *testing.T, own, host string, o Options) *reader {
	t.Helper()
	o.Root = host
	p := open(t, o, snapshot.Want{})
	var fs [2]*pseudofs.FS
	for i, root := range []string{own, host} {
		var err error
		fs[i], err = pseudofs.OpenFS(root)
		require.NoError(t, err)
	}
	p.backend.(*native).around.use(fs[0], fs[1])
	return p
}

// takeRuntime fills s with both domains that tell of what we run in.
func takeRuntime(p *reader, s *snapshot.Snapshot) (faults []Fault) {
	p.Begin(s, 1)
	for _, d := range []snapshot.Domain{snapshot.DomainContainer, snapshot.DomainRuntime} {
		faults = append(faults, p.Read(context.Background(), d)...)
	}
	return faults
}

func verdict(r *snapshot.Runtime) (text string) {
	for _, said := range [...][2]string{
		{"runtime", r.ContainerRuntime},
		{"container_id", r.ContainerID},
		{"orchestrator", r.Orchestrator},
		{"workload_id", r.WorkloadID},
		{"workload_name", r.WorkloadName},
		{"namespace", r.Namespace},
		{"container_name", r.ContainerName},
	} {
		if said[1] != "" {
			text += said[0] + ": " + said[1] + "\n"
		}
	}
	return text
}

// TestSurroundings gathers the evidence of testdata/runtimes from roots that are made of it.
func TestSurroundings(t *testing.T) {
	hosttest.EachSurroundings(t, func(t *testing.T, surroundings *hosttest.Surroundings) {
		p := within(t, surroundings.Unpack(t, runtimes.Variables()), t.TempDir(), Options{})
		p.backend.(*native).around.hostGroup.path = []byte(surroundings.HostGroup) // Only a kernel has a tree of control groups.
		var s snapshot.Snapshot
		assert.Empty(t, takeRuntime(p, &s))
		want := strings.NewReplacer("\t", `\x09`, `\xff`, `\x5cxff`).Replace(surroundings.Verdict)
		assert.Equal(t, want, verdict(&s.Runtime), "fit to leave the process")
		assert.True(t, s.Filled.Has(snapshot.DomainContainer) && s.Filled.Has(snapshot.DomainRuntime))
	})
}

// TestSurroundingsApart: each of both domains tells its own part.
func TestSurroundingsApart(t *testing.T) {
	hosttest.EachSurroundings(t, func(t *testing.T, surroundings *hosttest.Surroundings) {
		if surroundings.Name != "kubernetes-containerd-v1" {
			return
		}
		p := within(t, surroundings.Unpack(t, runtimes.Variables()), t.TempDir(), Options{MaxLength: 4})
		var s snapshot.Snapshot
		p.Begin(&s, 1)
		require.Empty(t, p.Read(context.Background(), snapshot.DomainContainer))
		assert.Equal(t, "runtime: containerd\ncontainer_id: 7f3c\n", verdict(&s.Runtime))
		p.Begin(&s, 2)
		require.Empty(t, p.Read(context.Background(), snapshot.DomainRuntime))
		assert.Equal(t, "orchestrator: kubernetes\nworkload_id: 4f0c\nworkload_name: otel\nnamespace: moni\ncontainer_name: otel\n", verdict(&s.Runtime))
	})
}

// TestEvidenceComesAndGoes: what cannot be read is told and is no evidence; what is else stays.
func TestEvidenceComesAndGoes(t *testing.T) {
	for _, name := range runtimes.Variables() {
		t.Setenv(name, "")
	}
	own := t.TempDir()
	hosttest.Link(t, own, "proc/self/ns/pid", "pid:[4026532573]")
	p := within(t, own, t.TempDir(), Options{})
	var s snapshot.Snapshot
	missing := func(d snapshot.Domain, name string) Fault {
		return Fault{d, "proc/self/" + name, Unavailable, unix.ENOENT}
	}
	bothMissing := []Fault{
		missing(snapshot.DomainContainer, "cgroup"), missing(snapshot.DomainContainer, "mountinfo"),
		missing(snapshot.DomainRuntime, "cgroup"), missing(snapshot.DomainRuntime, "mountinfo"),
	}
	for range 3 {
		assert.Equal(t, bothMissing, takeRuntime(p, &s))
		assert.Equal(t, snapshot.Runtime{}, s.Runtime)
	}
	hosttest.Write(t, own, ".dockerenv", "")
	assert.Equal(t, bothMissing, takeRuntime(p, &s))
	assert.Equal(t, snapshot.Runtime{}, s.Runtime, "nobody looks again before the evidence changes")
	hosttest.NoAllocs(t, func() {
		p.Begin(&s, 1)
		p.Read(context.Background(), snapshot.DomainContainer)
		p.Read(context.Background(), snapshot.DomainRuntime)
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

// TestMarkerIsASocket: of a marker that is no plain file it counts that it is there.
func TestMarkerIsASocket(t *testing.T) {
	own := t.TempDir()
	hosttest.Link(t, own, "proc/self/ns/cgroup", "cgroup:[4026532575]")
	defer unix.Close(listenAt(t, own, "dev/lxd/sock", 8))
	var s snapshot.Snapshot
	takeRuntime(within(t, own, t.TempDir(), Options{}), &s)
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
			assert.Empty(t, takeRuntime(within(t, own, t.TempDir(), Options{}), &s))
			assert.Equal(t, tt.want, s.Runtime.ContainerRuntime)
		})
	}
}

// BenchmarkSurroundings is a look that finds nothing new, and one that decides again.
func BenchmarkSurroundings(b *testing.B) {
	for _, again := range []bool{false, true} {
		b.Run(map[bool]string{false: "unchanged", true: "decided again"}[again], func(b *testing.B) {
			p := open(b, Options{}, snapshot.Want{})
			var s snapshot.Snapshot
			around := p.backend.(*native).around
			b.ReportAllocs()
			for b.Loop() {
				p.Begin(&s, 1)
				p.Read(context.Background(), snapshot.DomainContainer)
				if again {
					around.decided = false
				}
			}
		})
	}
}

// listenAt makes a socket below root, and has it listen unless backlog is negative.
func listenAt(t *testing.T, root, name string, backlog int) (fd int) {
	t.Helper()
	hosttest.Write(t, root, name, "")
	hosttest.Remove(t, root, name)
	t.Chdir(filepath.Join(root, filepath.Dir(name))) // A path of a socket may have 108 bytes.
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	require.NoError(t, err)
	require.NoError(t, unix.Bind(fd, &unix.SockaddrUnix{Name: filepath.Base(name)}))
	if backlog >= 0 {
		require.NoError(t, unix.Listen(fd, backlog))
	}
	return fd
}

// TestAvailableRuntimes has runtimes that run, that are dead, that do not accept, and what is none.
func TestAvailableRuntimes(t *testing.T) {
	outside := t.TempDir()
	root := filepath.Join(outside, "root")
	defer unix.Close(listenAt(t, root, "run/docker.sock", 128))
	require.NoError(t, unix.Close(listenAt(t, root, "run/podman/podman.sock", 128)))
	full := listenAt(t, root, "run/crio/crio.sock", 0)
	defer unix.Close(full)
	hosttest.Write(t, root, "run/containerd/containerd.sock", "a file")
	defer unix.Close(listenAt(t, outside, "secret.sock", 128))
	hosttest.Link(t, root, "var/lib/lxd/unix.socket", outside+"/secret.sock")
	hosttest.Link(t, root, "run/incus/unix.socket", "/var/lib/incus/unix.socket")
	bound := listenAt(t, root, "var/lib/incus/unix.socket", -1)
	defer unix.Close(bound)

	p := open(t, Options{Root: root}, snapshot.Want{Runtime: snapshot.RuntimeWant{Available: true}})
	want := []snapshot.AvailableRuntime{
		{Name: "docker", SocketPath: "/run/docker.sock", Known: true, Running: true},
		{Name: "podman", SocketPath: "/run/podman/podman.sock", Known: true},
		{Name: "cri-o", SocketPath: "/run/crio/crio.sock", Known: true, Running: true},
		{Name: "incus", SocketPath: "/run/incus/unix.socket", Known: true},
		{Name: "incus", SocketPath: "/var/lib/incus/unix.socket", Known: true},
	}
	var s snapshot.Snapshot
	for range 4 { // The queue of one is full soon.
		require.Empty(t, takeRuntime(p, &s))
		assert.Equal(t, want, s.Runtime.Available)
	}
	around := p.backend.(*native).around
	assert.ErrorIs(t, around.host.Socket("run/crio/crio.sock").Connect(), unix.EAGAIN)
	require.NoError(t, unix.Listen(bound, 128))
	want[3].Running, want[4].Running = true, true
	require.Empty(t, takeRuntime(p, &s))
	assert.Equal(t, want, s.Runtime.Available)
	hosttest.NoAllocs(t, func() { takeRuntime(p, &s) })

	twin := open(t, Options{Root: root, Backend: BackendPortable}, snapshot.Want{Runtime: snapshot.RuntimeWant{Available: true}})
	var other snapshot.Snapshot
	require.Empty(t, takeRuntime(twin, &other))
	assert.Equal(t, s.Runtime, other.Runtime)

	takeRuntime(open(t, Options{Root: root}, snapshot.Want{}), &s)
	assert.Empty(t, s.Runtime.Available, "nobody asked")
}

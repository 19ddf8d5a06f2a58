// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package runtimes

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/cgroupfs"
	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/procfs"
)

func TestPure(t *testing.T) { hosttest.Pure(t, "cgroupfs", "procfs", "scan") }

// evidence is what the probe makes of surroundings.
func evidence(t *testing.T, s *hosttest.Surroundings) *Evidence {
	t.Helper()
	var mounts procfs.Mountinfo
	require.NoError(t, mounts.Parse(s.Files["proc/self/mountinfo"]))
	e := Evidence{
		Cgroup: s.Files["proc/self/cgroup"], Mounts: mounts.Mounts, Files: map[string][]byte{}, Variables: map[string]string{},
		Hostname: s.Hostname, PIDNamespace: s.PIDNamespace, CgroupNamespace: s.CgroupNamespace,
	}
	if s.HostGroup != "" {
		e.HostGroup = []byte(s.HostGroup)
	}
	for _, name := range Files() {
		if text, ok := s.Files[name]; ok {
			e.Files[name] = text
		}
	}
	for _, name := range Variables() {
		e.Variables[name] = s.Environment[name]
	}
	return &e
}

// text is the verdict as testdata has it.
func (v *Verdict) text() (text string) {
	for _, said := range [...][2]string{
		{"runtime", v.Runtime},
		{"container_id", v.ContainerID},
		{"orchestrator", v.Orchestrator},
		{"workload_id", v.WorkloadID},
		{"workload_name", v.WorkloadName},
		{"namespace", v.Namespace},
		{"container_name", v.ContainerName},
	} {
		if said[1] != "" {
			text += said[0] + ": " + said[1] + "\n"
		}
	}
	return text
}

// TestDetect holds the verdicts on all evidence of testdata/runtimes to what is true.
func TestDetect(t *testing.T) {
	hosttest.EachSurroundings(t, func(t *testing.T, s *hosttest.Surroundings) {
		e := evidence(t, s)
		v := Detect(e)
		assert.Equal(t, s.Verdict, v.text())
		assert.Equal(t, v, Detect(e), "the same evidence, the same verdict")
	})
}

// TestEachRow: there is evidence for every runtime, every orchestrator and every clue but the variables with any value, and
// the runtimes with sockets are in the table.
func TestEachRow(t *testing.T) {
	found := map[string]bool{}
	clues := map[*clue]bool{}
	for _, row := range allClues() {
		for i := range row {
			clues[&row[i]] = false
		}
	}
	hosttest.EachSurroundings(t, func(t *testing.T, s *hosttest.Surroundings) {
		e := evidence(t, s)
		v := Detect(e)
		found[v.Runtime], found[v.Orchestrator] = true, true
		for c := range clues {
			_, ok := c.find(e)
			clues[c] = clues[c] || ok
		}
	})
	runtimes := map[string]bool{}
	for i := range containerRuntimes {
		runtimes[containerRuntimes[i].name] = true
		assert.True(t, found[containerRuntimes[i].name], containerRuntimes[i].name)
	}
	for i := range orchestrators {
		assert.True(t, found[orchestrators[i].name], orchestrators[i].name)
	}
	for i := range Sockets {
		assert.True(t, runtimes[Sockets[i].Runtime], Sockets[i].Runtime)
	}
	for c, ok := range clues {
		if c.variable == "" || c.value != "" {
			assert.True(t, ok, "no evidence shows %+v", c)
		}
	}
}

// TestDocumented: the page has every row, and everything that is looked for.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(hosttest.Repository(), "docs", "containers.md"))
	require.NoError(t, err)
	has := func(text string) { assert.Contains(t, string(page), "`"+text+"`") }
	for i := range containerRuntimes {
		has(containerRuntimes[i].name)
	}
	for i := range orchestrators {
		has(orchestrators[i].name)
	}
	for _, name := range Files() {
		if name == serviceAccount+"service-ca.crt" {
			name = filepath.Base(name)
		} else {
			name = "/" + name
		}
		has(name)
	}
	for _, name := range Variables() {
		if name != "container" { // It stands there with its values.
			has(name)
		}
	}
	for _, socket := range Sockets {
		has("/" + socket.Path)
	}
}

func TestMatch(t *testing.T) {
	id := strings.Repeat("0a", 32)
	uid := "4f0c0d93-f622-47ad-b040-3f784afcc7ac"
	for _, tt := range []struct {
		pattern, path, captured string
		ok                      bool
	}{
		{"", "/anything", "", true},
		{"containers/{ID}/NAME", "/var/lib/docker/containers/" + id + "/hostname", id, true},
		{"containers/{ID}/NAME", "/containers/" + id + "/hostname//deleted", id, true},
		{"containers/{ID}/NAME", "containers/" + id + "/hostname", id, true},
		{"containers/{ID}/NAME", "/x-containers/" + id + "/hostname", "", false},
		{"*-containers/{ID}/NAME", "/overlay-containers/" + id + "/hostname", id, true},
		{"*-containers/{ID}/NAME", "/containers/" + id + "/hostname", "", false},
		{"containers/{ID}/NAME", "/containers/" + id[1:] + "/hostname", "", false},
		{"containers/{ID}/NAME", "/containers/" + id + "/", "", false},
		{"containers/{ID}/NAME", id + "/hostname", "", false},
		{"pods/UID/containers/{NAME}/NAME", "/pods/" + uid + "/containers/a b/7c2efc1b", "a b", true},
		{"pods/UID/containers/{NAME}/NAME", "/pods/x/containers/a/7c2efc1b", "", false},
		{"{NAME}", "/", "", false},
		{"{NAME}", "/c1", "c1", true},
		{"{NAME}", "", "", false},
	} {
		captured, ok := match(tt.pattern, tt.path)
		assert.Equal(t, tt.ok, ok, "%s %s", tt.pattern, tt.path)
		assert.Equal(t, tt.captured, captured, "%s %s", tt.pattern, tt.path)
	}
}

// TestNothingToSee: without evidence there is no verdict.
func TestNothingToSee(t *testing.T) {
	assert.Equal(t, Verdict{}, Detect(&Evidence{}))
}

// FuzzDetect: whatever a process is made to see, what is detected stands in what it saw, and ids have their form.
func FuzzDetect(f *testing.F) {
	id := strings.Repeat("0a", 32)
	f.Add("0::/docker/"+id+"\n", "1 0 0:1 / / rw - overlay overlay rw\n", "run/.containerenv", "id=\""+id+"\"", "container", "podman")
	f.Add("0::/\n", "1 0 8:1 /pods/4f0c0d93-f622-47ad-b040-3f784afcc7ac/etc-hosts /etc/hosts rw - ext4 /dev/sda1 rw\n",
		"etc/hosts", "# Kubernetes-managed hosts file.\n", "POD_NAME", "web")
	f.Fuzz(func(t *testing.T, cgroup, mountinfo, file, says, variable, value string) {
		var mounts procfs.Mountinfo
		_ = mounts.Parse([]byte(mountinfo))
		e := Evidence{
			Cgroup: []byte(cgroup), Mounts: mounts.Mounts, Files: map[string][]byte{file: []byte(says)},
			Variables: map[string]string{variable: value}, Hostname: "hostname", PIDNamespace: 1,
		}
		v := Detect(&e)
		seen := fmt.Sprintf("%s\n%s\n%s\n%s\n%s\nhostname\n", cgroup, mountinfo, procfs.AppendUnescaped(nil, []byte(mountinfo)), says, value)
		id := v.ContainerID
		if e.owner.Container != nil { // The names of machines are escaped in those of their units.
			id = string(e.owner.Container)
		}
		for _, told := range []string{id, v.WorkloadName, v.Namespace, v.ContainerName} {
			assert.Contains(t, seen, told)
		}
		assert.Contains(t, strings.ReplaceAll(seen, "_", "-"), v.WorkloadID)
		if e.owner.Container == nil && slices.Contains([]string{"docker", "podman", "containerd", "cri-o"}, v.Runtime) {
			id := []byte(v.ContainerID)
			assert.True(t, len(id) == 0 || cgroupfs.IsID(id) || cgroupfs.IsECSContainer(id), v.ContainerID)
		}
	})
}

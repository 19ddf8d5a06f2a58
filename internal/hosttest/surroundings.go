// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hosttest

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

// Surroundings is what a process sees of the container it runs in, from testdata/runtimes/<name>.txtar.
type Surroundings struct {
	Name string
	// Files are those below its root, by name.
	Files       map[string][]byte
	Environment map[string]string
	Hostname    string
	// HostGroup is the path of its cgroup in the host's tree, if that is in sight.
	HostGroup string
	// PIDNamespace and CgroupNamespace are the inodes of its namespaces.
	PIDNamespace, CgroupNamespace uint64
	// Verdict is what must be detected, one "key: value" a line.
	Verdict string
}

// EachSurroundings runs test for all of testdata/runtimes.
func EachSurroundings(t *testing.T, test func(*testing.T, *Surroundings)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(Repository(), "testdata", "runtimes", "*.txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		t.Run(name, func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			require.NoError(t, err)
			require.NotEmpty(t, archive.Comment, "the archive needs a comment that describes it")
			s := Surroundings{Name: name, Files: map[string][]byte{}, Environment: map[string]string{}, PIDNamespace: 4026532573, CgroupNamespace: 4026532575}
			for _, f := range archive.Files {
				text := string(f.Data)
				switch f.Name {
				case "@namespaces of the host":
					for name := range strings.FieldsSeq(text) {
						switch name {
						case "pid":
							s.PIDNamespace = 4026531836
						case "cgroup":
							s.CgroupNamespace = 4026531835
						default:
							require.Fail(t, "no such namespace", name)
						}
					}
				case "@verdict":
					s.Verdict = text
				case "@environment":
					for line := range strings.Lines(text) {
						key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
						s.Environment[key] = value
					}
				case "@hostname":
					s.Hostname = strings.TrimSpace(text)
				case "@group of the host":
					s.HostGroup = strings.TrimSpace(text)
				default:
					s.Files[f.Name] = f.Data
				}
			}
			test(t, &s)
		})
	}
}

// Unpack makes its root, and the environment of the test its own as far as the variables named go.
func (s *Surroundings) Unpack(t testing.TB, variables []string) (root string) {
	t.Helper()
	root = t.TempDir()
	for name, data := range s.Files {
		Write(t, root, name, string(data))
	}
	Write(t, root, "proc/sys/kernel/hostname", s.Hostname+"\n")
	Link(t, root, "proc/self/ns/pid", fmt.Sprintf("pid:[%d]", s.PIDNamespace))
	Link(t, root, "proc/self/ns/cgroup", fmt.Sprintf("cgroup:[%d]", s.CgroupNamespace))
	for _, name := range variables {
		t.Setenv(name, s.Environment[name])
	}
	return root
}

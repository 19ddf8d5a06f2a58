// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// places are mounts and paths, and the directory of the group; none where it cannot be found.
var places = map[string]struct{ mountPoint, mountRoot, path, dir string }{
	"a host":                         {"/sys/fs/cgroup", "/", "/system.slice/a.service", "/sys/fs/cgroup/system.slice/a.service"},
	"the root":                       {"/sys/fs/cgroup", "/", "/", "/sys/fs/cgroup"},
	"a container's own group":        {"/sys/fs/cgroup/memory", "/docker/ID", "/docker/ID", "/sys/fs/cgroup/memory"},
	"below a container's group":      {"/sys/fs/cgroup/memory", "/docker/ID", "/docker/ID/a", "/sys/fs/cgroup/memory/a"},
	"another container's":            {"/sys/fs/cgroup/memory", "/docker/ID", "/docker/ID2", ""},
	"above the mount":                {"/sys/fs/cgroup/memory", "/docker/ID", "/docker", ""},
	"another branch":                 {"/sys/fs/cgroup/memory", "/docker/ID", "/", ""},
	"a namespace":                    {"/sys/fs/cgroup", "/", "/", "/sys/fs/cgroup"},
	"a mount from outside":           {"/sys/fs/cgroup", "/../..", "/", ""},
	"a sibling in a mount of one up": {"/sys/fs/cgroup", "/..", "/../b", "/sys/fs/cgroup/b"},
	"one up":                         {"/sys/fs/cgroup", "/..", "/..", "/sys/fs/cgroup"},
	"moved out of the namespace":     {"/sys/fs/cgroup", "/", "/../b", ""},
	"two up in a mount of one":       {"/sys/fs/cgroup", "/..", "/../..", ""},
	"a name that begins with dots":   {"/sys/fs/cgroup", "/", "/..b/c", "/sys/fs/cgroup/..b/c"},
	"mounted on the root":            {"/", "/", "/a", "/a"},
	"slashes at the end":             {"/sys/fs/cgroup/", "/a/", "/a/b/", "/sys/fs/cgroup/b"},
}

func TestAppendDir(t *testing.T) {
	for name, tt := range places {
		t.Run(name, func(t *testing.T) {
			dir, ok := AppendDir([]byte("."), []byte(tt.mountPoint), []byte(tt.mountRoot), []byte(tt.path))
			assert.Equal(t, tt.dir != "", ok)
			assert.Equal(t, "."+tt.dir, string(dir))
		})
	}
}

// FuzzAppendDir holds it against the names that paths are made of.
func FuzzAppendDir(f *testing.F) {
	for _, tt := range places {
		f.Add(tt.mountPoint, tt.mountRoot, tt.path)
	}
	f.Fuzz(func(t *testing.T, mountPoint, mountRoot, path string) {
		point, okPoint := namesOf(mountPoint)
		root, okRoot := namesOf(mountRoot)
		group, okGroup := namesOf(path)
		if !okPoint || !okRoot || !okGroup {
			return // No kernel writes it.
		}
		dir, ok := AppendDir(nil, []byte(mountPoint), []byte(mountRoot), []byte(path))
		below := len(root) <= len(group) && slices.Equal(root, group[:len(root)]) && !slices.Contains(group[len(root):], "..")
		assert.Equal(t, below, ok)
		if ok {
			want := strings.Join(slices.Concat([]string{""}, point, group[len(root):]), "/")
			assert.Equal(t, want, string(dir))
		}
	})
}

// namesOf are the names of an absolute path, where .. stands in front only.
func namesOf(path string) (names []string, ok bool) {
	names = strings.Split(strings.Trim(path, "/"), "/")
	if names[0] == "" {
		names = nil
	}
	steps := 0
	for steps < len(names) && names[steps] == ".." {
		steps++
	}
	return names, strings.HasPrefix(path, "/") && !strings.Contains(path, "//") && !slices.Contains(names[steps:], "..")
}

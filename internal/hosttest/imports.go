// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hosttest

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const internal = "github.com/superviz-io/hostprobe/internal/"

// Pure asserts that the package being tested depends on nothing that reaches the system or the clock, and of this
// module on nothing but the packages named, by their paths below internal.
func Pure(t *testing.T, allowed ...string) {
	t.Helper()
	deps, self := dependencies(t)
	for _, dep := range deps {
		switch dep {
		case "os", "syscall", "time", "net", "log", "golang.org/x/sys/unix":
			t.Errorf("%s depends on %s", self, dep)
		}
		if name, ours := strings.CutPrefix(dep, internal); ours {
			assert.Contains(t, allowed, name, "%s depends on it", self)
		}
	}
}

// OneDomain asserts that the package being tested, which is below internal/probe, depends there on source and nothing else:
// neither on the probe that reads it nor on another domain, not even through other packages. Imports of its tests do not count.
func OneDomain(t *testing.T) {
	t.Helper()
	deps, self := dependencies(t)
	require.Contains(t, self, internal+"probe/")
	require.Contains(t, deps, internal+"probe/source")
	for _, dep := range deps {
		if dep != internal+"probe/source" && (dep == internal+"probe" || strings.HasPrefix(dep, internal+"probe/")) {
			t.Errorf("%s depends on %s", self, dep)
		}
	}
}

// dependencies returns the packages that the package being tested depends on, and its own path.
func dependencies(t *testing.T) (deps []string, self string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	deps = strings.Fields(string(out))
	last := len(deps) - 1
	return deps[:last], deps[last]
}

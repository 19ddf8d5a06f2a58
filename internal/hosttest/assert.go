// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hosttest

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "update golden files instead of comparing with them")

// Golden compares got with the golden file at path, which -update writes.
func Golden(t testing.TB, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "run the test with -update if the difference is intended")
}

// GoldenYAML compares a JSON document with the golden file at path, where it stands as YAML, which is easier to read.
func GoldenYAML(t testing.TB, path string, document []byte) {
	t.Helper()
	var tree any
	require.NoError(t, json.Unmarshal(document, &tree))
	text, err := yaml.Marshal(tree)
	require.NoError(t, err)
	Golden(t, path, string(text))
}

// NoAllocs asserts that f, once warm, allocates nothing.
func NoAllocs(t testing.TB, f func()) {
	t.Helper()
	f()
	assert.Zero(t, testing.AllocsPerRun(100, f), "allocations per run")
}

// Pure asserts that the package being tested depends on nothing that reaches the system or the clock, and of this
// module on nothing but the packages named, by their paths below internal.
func Pure(t *testing.T, allowed ...string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	self := deps[len(deps)-1]
	const module = "github.com/superviz-io/hostprobe/internal/"
	for _, dep := range deps {
		switch dep {
		case "os", "syscall", "time", "net", "log", "golang.org/x/sys/unix":
			t.Errorf("%s depends on %s", self, dep)
		}
		if name, ours := strings.CutPrefix(dep, module); ours && dep != self {
			assert.Contains(t, allowed, name, "%s depends on it", self)
		}
	}
}

// UnderFault runs one of the tests of the package again, in a process to which strace makes a fault, and returns what it
// printed. The test must pass there as well.
func UnderFault(t *testing.T, test string, fault ...string) (output string) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	require.NoError(t, err, "strace injects the fault")
	args := append([]string{"-f", "-o", os.DevNull}, fault...)
	out, err := exec.Command(strace, append(args, os.Args[0], "-test.run", "^"+test+"$", "-test.v")...).CombinedOutput()
	require.NoError(t, err, "%v: %s", fault, out)
	require.Contains(t, string(out), "--- PASS: "+test)
	return string(out)
}

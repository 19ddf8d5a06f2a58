// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hosttest

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
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

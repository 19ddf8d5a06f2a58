// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hosttest

import (
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

const insideCommand = "HOSTPROBE_INSIDE"

// Inside runs the test of this name once more, in a process that command starts: unshare(1), setpriv(1). It fails if that
// test does.
func Inside(t *testing.T, test string, command ...string) {
	t.Helper()
	args := slices.Concat(command, []string{os.Args[0], "-test.run", "^" + test + "$", "-test.v"})
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), insideCommand+"=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+test, "it must not have been skipped")
}

// IsInside reports whether this is the process that Inside has started.
func IsInside() bool { return os.Getenv(insideCommand) != "" }

// CopyFile copies an executable.
func CopyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, text, 0o700))
}

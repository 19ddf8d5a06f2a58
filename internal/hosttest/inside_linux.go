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

// Inside runs the calling test once more, in a process that command starts: unshare(1), setpriv(1). It fails if that test
// does.
func Inside(t *testing.T, command ...string) {
	t.Helper()
	insideBy(t, os.Args[0], "", command...)
}

// insideBy is Inside by another copy of the program, in the working directory dir.
func insideBy(t *testing.T, program, dir string, command ...string) {
	t.Helper()
	test := t.Name()
	args := slices.Concat(command, []string{program, "-test.run", "^" + test + "$", "-test.v"})
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), insideCommand+"=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+test, "it must not have been skipped")
	t.Logf("%s", out)
}

// IsInside reports whether this is the process that Inside has started.
func IsInside() bool { return os.Getenv(insideCommand) != "" }

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package probe

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPressureSwitchedOff reads a file of /proc/pressure that answers as all of them do with psi=0.
func TestPressureSwitchedOff(t *testing.T) {
	strace, err := exec.LookPath("strace")
	require.NoError(t, err, "strace makes the fault")
	cmd := exec.Command(strace, "-f", "-o", "/dev/null", "-P", "/proc/pressure/io", "-e", "inject=pread64:error=EOPNOTSUPP",
		os.Args[0], "-test.run", "^TestPressureIsTold$", "-test.v")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), "proc/pressure/io unavailable operation not supported")
	assert.Contains(t, string(out), "--- PASS: TestPressureIsTold")
}

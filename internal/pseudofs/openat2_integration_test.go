// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package pseudofs

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOpenat2Denied runs the tests of the root again in a process whose openat2 fails as it does on kernels before 5.6
// and in sandboxes that do not know the call.
func TestOpenat2Denied(t *testing.T) {
	strace, err := exec.LookPath("strace")
	require.NoError(t, err, "strace makes the fault")
	for _, errno := range []string{"ENOSYS", "EPERM"} {
		cmd := exec.Command(strace, "-f", "-o", "/dev/null", "-e", "trace=openat2", "-e", "inject=openat2:error="+errno,
			os.Args[0], "-test.run", "^(TestRoot|TestKept)$", "-test.v")
		out, err := cmd.CombinedOutput()
		assert.NoError(t, err, "%s", out)
		assert.Contains(t, string(out), "--- PASS: TestRoot")
		assert.Contains(t, string(out), "--- PASS: TestKept")
	}
}

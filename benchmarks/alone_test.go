// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package benchmarks

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// aloneKey has the name of the test for which a copy of this program runs.
const aloneKey = "HOSTPROBE_ALONE"

// alone runs the rest of the calling test in a process of its own, where it returns true. contrib refuses a second
// root_path in one process, and for all receivers of a process goes on with the boot time that it has read first: that of
// another root, after which it sees none of the processes that it takes to start in the future.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(aloneKey) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$", "-test.v")
	cmd.Env = append(os.Environ(), aloneKey+"="+t.Name())
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name()+" ")
	return false
}

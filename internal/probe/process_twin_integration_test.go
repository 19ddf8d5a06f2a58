// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package probe

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

const inOtherNamespace = "HOSTPROBE_TEST_IN_PID_NAMESPACE"

// TestOwnNumberIsThatOfProc: if /proc belongs to another PID namespace, the collector's PID is the one it has there. The PID of
// getpid(2) is another process's in that /proc.
func TestOwnNumberIsThatOfProc(t *testing.T) {
	if os.Getenv(inOtherNamespace) == "" {
		cmd := exec.Command("unshare", "-m", "-p", "-f", os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), inOtherNamespace+"=1")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: "+t.Name())
		return
	}
	self, err := os.Readlink("/proc/self")
	require.NoError(t, err)
	require.NotEqual(t, strconv.Itoa(os.Getpid()), self)
	p := open(t, Options{}, snapshot.Want{Processes: snapshot.ProcessesWant{ByStatus: true}})
	var s snapshot.Snapshot
	p.Begin(&s, time.Now().UnixNano())
	assert.Equal(t, self, strconv.FormatUint(s.Self.PID.N, 10))
}

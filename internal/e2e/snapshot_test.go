// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestSnapshot runs config/snapshot.yaml as make run does, and holds the first document in its file to the schema.
func TestSnapshot(t *testing.T) {
	config := filepath.Join(hosttest.Repository(), "config", "snapshot.yaml")
	out := filepath.Join(t.TempDir(), "snapshots.json")
	c := startNamed(t, forStart, []string{config}, "OUT="+out)
	var batch struct {
		ResourceLogs []struct {
			Resource  struct{ Attributes []any }
			ScopeLogs []struct {
				LogRecords []struct {
					EventName string
					Body      struct{ StringValue string }
				}
			}
		}
	}
	require.Eventually(t, func() bool {
		text, _ := os.ReadFile(out)
		line, _, whole := strings.Cut(string(text), "\n")
		return whole && json.Unmarshal([]byte(line), &batch) == nil
	}, soon, 20*time.Millisecond)
	c.interrupt(t)

	assert.NotEmpty(t, batch.ResourceLogs[0].Resource.Attributes)
	record := batch.ResourceLogs[0].ScopeLogs[0].LogRecords[0]
	assert.Equal(t, "hostprobe.snapshot", record.EventName)
	document := hosttest.Document(t, hosttest.Schema(t), record.Body.StringValue)
	for _, section := range []string{"cpu", "memory", "load", "disk", "network", "process", "context_switches", "connections"} {
		assert.Contains(t, document, section)
	}
	process := document["process"].(map[string]any)
	pid := json.Number(strconv.Itoa(c.Process.Pid))
	assert.Equal(t, pid, process["current_pid"])
	first := process["top_processes"].([]any)[0].(map[string]any)
	assert.Equal(t, pid, first["pid"], "the collector comes first")
	assert.Contains(t, first["process_name"], "otelcol")

	text, err := os.ReadFile(config)
	require.NoError(t, err)
	jq := regexp.MustCompile(`(?m)^#: +(.*\| jq .*)$`).FindSubmatch(text)
	require.NotNil(t, jq, "what make run says")
	printed, err := exec.Command("sh", "-c", strings.ReplaceAll(string(jq[1]), "snapshots.json", out)).Output()
	require.NoError(t, err)
	var latest map[string]any
	require.NoError(t, json.Unmarshal(printed, &latest))
	assert.Equal(t, document["hostname"], latest["hostname"])
}

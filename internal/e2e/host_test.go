// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

const soon = 10 * time.Second

// TestCapturedHost holds the batch of a captured host, through the built collector, to a golden file.
func TestCapturedHost(t *testing.T) {
	out := filepath.Join(t.TempDir(), "metrics.json")
	c := start(t, "testdata/captured.yaml", "ROOT="+hosttest.Unpack(t, "captured-vm", "t0"), "OUT="+out)
	var batch string
	require.Eventually(t, func() bool {
		text, _ := os.ReadFile(out)
		line, _, whole := strings.Cut(string(text), "\n")
		batch = line
		return whole
	}, soon, 20*time.Millisecond)
	c.interrupt(t)

	time := regexp.MustCompile(`"timeUnixNano":"(\d+)"`)
	times := time.FindAllStringSubmatch(batch, -1)
	require.NotEmpty(t, times)
	for _, at := range times {
		assert.Equal(t, times[0][1], at[1], "one batch, one time")
	}
	hosttest.GoldenYAML(t, "testdata/captured.golden.yaml", []byte(time.ReplaceAllString(batch, `"timeUnixNano":"masked"`)))
}

// TestThisHost runs what make run runs, and does what its user does.
func TestThisHost(t *testing.T) {
	c := start(t, filepath.Join(hosttest.Repository(), "config", "host.yaml"))
	metrics := ""
	require.Eventually(t, func() bool {
		metrics = scraped("127.0.0.1:9464")
		return strings.Contains(metrics, "system_cpu_load_average_15m")
	}, soon, 50*time.Millisecond)
	for _, series := range []string{`system_cpu_time_seconds_total\{.*state="user"`, `system_memory_usage_bytes\{.*state="used"`, `host_name="[^"]+"`} {
		assert.Regexp(t, series, metrics)
	}
	for _, line := range []string{`(?m)^system\.cpu\.time\{state=user\} [0-9.]+$`, `(?m)^system\.memory\.usage\{state=used\} \d+$`} {
		assert.Regexp(t, line, c.output.String(), "the summary on the terminal")
	}
	c.interrupt(t)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"net"
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

// TestRun runs what make run runs, with the collector's usual port taken, and reads what a person looks for.
func TestRun(t *testing.T) {
	if taken, err := net.Listen("tcp", "127.0.0.1:8888"); err == nil {
		defer taken.Close()
	}
	c := startNamed(t, forStart, []string{
		filepath.Join(hosttest.Repository(), "config", "host.yaml"),
		"yaml:receivers::host_probe::collection_interval: 1s",
	})
	header := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d  \{host\.name=\S+\}\n`)
	var batches []string
	require.Eventually(t, func() bool {
		batches = header.Split(c.output.String(), -1)
		return len(batches) > 3 // The logs of the start, two batches that are whole, and one more.
	}, soon, 50*time.Millisecond)
	c.interrupt(t)

	assert.NotRegexp(t, `[0-9a-f]{8}-[0-9a-f]{4}-`, c.output.String(), "no id around log lines")
	assert.Regexp(t, `(?m)^ +[0-9.]+ %      system\.memory\.utilization\{state=used\}$`, batches[1], "in the first batch")
	second := strings.Split(strings.TrimSpace(batches[2]), "\n")
	assert.Less(t, len(second), 40, "with the header 40 lines at most")
	percent := regexp.MustCompile(`^ *[0-9.]+ % `)
	values := false
	for _, line := range second {
		isPercent := percent.MatchString(line)
		assert.False(t, values && isPercent, "percentages come first")
		values = values || !isPercent
	}
	shares := []string{
		`system\.cpu\.utilization\{state=idle\}`, `system\.memory\.utilization\{state=used\}`,
		`system\.filesystem\.utilization\{mountpoint=/\}`,
	}
	if _, err := os.Stat("/proc/pressure/cpu"); err == nil {
		shares = append(shares, `system\.pressure\.linux\.stall\.time\{system\.pressure\.resource=cpu\}`)
	}
	for _, series := range shares {
		assert.Regexp(t, `(?m)^ *[0-9.]+ %      `+series+`$`, batches[2])
	}
	assert.Regexp(t, `(?m)^ *[0-9.]+ +system\.cpu\.load_average\.1m$`, batches[2])
}

// TestPrometheus reads what the whole collector serves with config/prometheus.yaml.
func TestPrometheus(t *testing.T) {
	c := start(t, filepath.Join(hosttest.Repository(), "config", "prometheus.yaml"))
	metrics := ""
	require.Eventually(t, func() bool {
		metrics = scraped("127.0.0.1:9464")
		return strings.Contains(metrics, "system_cpu_load_average_15m")
	}, soon, 50*time.Millisecond)
	for _, series := range []string{`system_cpu_time_seconds_total\{.*state="user"`, `system_memory_usage_bytes\{.*state="used"`, `host_name="[^"]+"`} {
		assert.Regexp(t, series, metrics)
	}
	c.interrupt(t)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scraped returns what the Prometheus exporter has at this address, and nothing until it responds.
func scraped(address string) string {
	response, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return ""
	}
	return string(text)
}

// freeAddress returns an address of loopback on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer free.Close()
	return free.Addr().String()
}

// TestPrometheusExporter: what docs/prometheus.md says of resource_to_telemetry_conversion. With it each process has series, without
// it all processes are one.
func TestPrometheusExporter(t *testing.T) {
	const series = `(?m)^process_cpu_time_seconds_total\{.*state="user"`
	for convert, several := range map[bool]bool{true: true, false: false} {
		address := freeAddress(t)
		c := start(t, "testdata/prometheus.yaml", "ENDPOINT="+address, fmt.Sprint("CONVERT=", convert))
		wanted := regexp.MustCompile(series)
		if convert { // The exporter may be scraped while it takes in a batch, so the last series of it is waited for.
			wanted = regexp.MustCompile(fmt.Sprintf(`process_cpu_time_seconds_total\{.*process_pid="%d"`, c.Process.Pid))
		}
		var metrics string
		require.Eventually(t, func() bool {
			metrics = scraped(address)
			return wanted.MatchString(metrics)
		}, soon, 50*time.Millisecond)
		c.interrupt(t)
		assert.Equal(t, several, len(regexp.MustCompile(series).FindAllString(metrics, -1)) > 1)
	}
}

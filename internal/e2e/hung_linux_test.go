// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/hosttest/mutefs"
)

func init() { mutefs.ServeIfAsked() }

// TestHungMount: with a hung mount, the collector emits every other series, logs the mount once, ends on SIGTERM and frees its
// port for the next one; when the mount has recovered, its series appear without a restart.
func TestHungMount(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	address := freeAddress(t)
	server := mutefs.Mount(t, 1)
	first := start(t, "testdata/hung.yaml", "ENDPOINT="+address)
	var metrics string
	require.Eventually(t, func() bool {
		metrics = scraped(address)
		return strings.Contains(metrics, "system_cpu_load_average_1m") && strings.Contains(metrics, `mountpoint="/"`)
	}, soon, 50*time.Millisecond)
	stuck := func(value int) string {
		return fmt.Sprintf(`system_filesystem_stuck\{.*mountpoint="%s".*\} %d\n`, regexp.QuoteMeta(server.Mounts[0]), value)
	}
	assert.Regexp(t, stuck(1), metrics)
	assert.NotRegexp(t, `system_filesystem_usage.*`+regexp.QuoteMeta(server.Mounts[0]), metrics)
	time.Sleep(2 * time.Second) // Four scrapes more.
	assert.Len(t, regexp.MustCompile("not responding; skipped until the pending call returns").FindAllString(first.output.String(), -1), 1, "logged once")

	require.NoError(t, first.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool {
		listener, err := net.Listen("tcp", address)
		if err == nil {
			err = listener.Close()
		}
		return err == nil
	}, 5*time.Second, 10*time.Millisecond, "what is left of it keeps its port")
	require.Eventually(t, func() bool { return strings.Contains(first.output.String(), "Shutdown complete") }, 5*time.Second, 10*time.Millisecond)

	second := start(t, "testdata/hung.yaml", "ENDPOINT="+address)
	require.Eventually(t, func() bool { return strings.Contains(scraped(address), `mountpoint="/"`) }, soon, 50*time.Millisecond)
	server.Answer(t)
	recovered := regexp.MustCompile(stuck(0))
	require.Eventually(t, func() bool { return recovered.MatchString(scraped(address)) }, soon, 50*time.Millisecond)
	assert.Regexp(t, `system_filesystem_usage.*`+regexp.QuoteMeta(server.Mounts[0]), scraped(address))
	assert.Contains(t, second.output.String(), " recovered")
	second.interrupt(t)
}

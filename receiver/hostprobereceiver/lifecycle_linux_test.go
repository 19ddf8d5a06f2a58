// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(entries)
}

// TestLifecycle: a receiver that was started and shut down leaves nothing open.
func TestLifecycle(t *testing.T) {
	factory := NewFactory()
	before := descriptors(t)
	cfg, err := loadEvery(t, time.Millisecond, "metrics: {system.cpu.physical.count: {enabled: true}, system.cpu.frequency: {enabled: true}}")
	require.NoError(t, err)
	for range 200 {
		r, err := factory.CreateMetrics(context.Background(), receivertest.NewNopSettings(metadata.Type), cfg, consumertest.NewNop())
		require.NoError(t, err)
		require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
		require.NoError(t, r.Shutdown(context.Background()))
	}
	for wait := 0; wait < 500 && descriptors(t) > before; wait++ { // What reads command lines ends a little later.
		time.Sleep(10 * time.Millisecond)
	}
	assert.Equal(t, before, descriptors(t))
}

func TestStartFails(t *testing.T) {
	cfg, err := load(t, "")
	require.NoError(t, err)
	cfg.RootPath = "/no/such/dir"
	s, err := newHostScraper(receivertest.NewNopSettings(metadata.Type), cfg)
	require.NoError(t, err)
	assert.Error(t, s.start(context.Background(), componenttest.NewNopHost()))
	assert.NoError(t, s.shutdown(context.Background()))
}

// TestTwoSignals: the two signals of one configuration share a scraper, by its pointer and until the last Shutdown.
func TestTwoSignals(t *testing.T) {
	cfg, err := load(t, "")
	require.NoError(t, err)
	other, err := load(t, "")
	require.NoError(t, err)
	set := receivertest.NewNopSettings(metadata.Type)
	create := func(cfg *Config) (*metricsReceiver, *logsReceiver) {
		metrics, err := NewFactory().CreateMetrics(t.Context(), set, cfg, consumertest.NewNop())
		require.NoError(t, err)
		logs, err := NewFactory().CreateLogs(t.Context(), set, cfg, consumertest.NewNop())
		require.NoError(t, err)
		return metrics.(*metricsReceiver), logs.(*logsReceiver)
	}
	metrics, logs := create(cfg)
	otherMetrics, otherLogs := create(other)
	assert.Same(t, metrics.host, logs.host)
	assert.Same(t, otherMetrics.host, otherLogs.host)
	assert.NotSame(t, metrics.host, otherMetrics.host, "equal is not the same")
	again, againLogs := create(cfg)
	assert.NotSame(t, metrics.host, again.host)
	assert.Same(t, again.host, againLogs.host)
	for _, r := range []receiver.Metrics{metrics, logs, again, againLogs} {
		require.NoError(t, r.Shutdown(t.Context()))
	}
	assert.Nil(t, hosts.byConfig[cfg])

	require.NoError(t, otherMetrics.Shutdown(t.Context()))
	assert.NotNil(t, hosts.byConfig[other])
	require.NoError(t, otherLogs.Shutdown(t.Context()))
	assert.Nil(t, hosts.byConfig[other])
}

// TestLifecycleOfBoth: two signals that were started and shut down leave nothing open, in any order.
func TestLifecycleOfBoth(t *testing.T) {
	factory, set := NewFactory(), receivertest.NewNopSettings(metadata.Type)
	descriptorsBefore, goroutinesBefore, hostsBefore := descriptors(t), runtime.NumGoroutine(), len(hosts.byConfig)
	cfg, err := loadEvery(t, time.Millisecond, "template: full")
	require.NoError(t, err)
	cfg.Snapshot.Interval = time.Millisecond
	for i := range 200 {
		both := *cfg // By its address they find each other.
		metrics, err := factory.CreateMetrics(t.Context(), set, &both, consumertest.NewNop())
		require.NoError(t, err)
		logs, err := factory.CreateLogs(t.Context(), set, &both, consumertest.NewNop())
		require.NoError(t, err)
		order := [2]receiver.Metrics{metrics, logs}
		if i&1 != 0 {
			order[0], order[1] = order[1], order[0]
		}
		for _, r := range order {
			require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
		}
		if i&2 != 0 {
			order[0], order[1] = order[1], order[0]
		}
		for _, r := range order {
			require.NoError(t, r.Shutdown(context.Background()))
		}
	}
	assert.Len(t, hosts.byConfig, hostsBefore)
	// Shutdown does not wait for the reader of command lines, which has a descriptor of its own.
	for wait := 0; wait < 500 && (runtime.NumGoroutine() > goroutinesBefore || descriptors(t) > descriptorsBefore); wait++ {
		time.Sleep(10 * time.Millisecond)
	}
	assert.LessOrEqual(t, runtime.NumGoroutine(), goroutinesBefore)
	assert.Equal(t, descriptorsBefore, descriptors(t))
}

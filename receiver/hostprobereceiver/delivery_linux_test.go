// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// hanging is a consumer that does not return before letGo.
func hanging(t testing.TB) (next consumer.Logs, calls *atomic.Int64, letGo func()) {
	t.Helper()
	calls = new(atomic.Int64)
	gate := make(chan struct{})
	next, err := consumer.NewLogs(func(context.Context, plog.Logs) error {
		calls.Add(1)
		<-gate
		return nil
	})
	require.NoError(t, err)
	return next, calls, func() { close(gate) }
}

// TestSlowPipeline: a blocked pipeline drops documents, which are counted, but no metrics, and does not delay Shutdown.
func TestSlowPipeline(t *testing.T) { synctest.Test(t, testSlowPipeline) }

func testSlowPipeline(t *testing.T) {
	next, calls, letGo := hanging(t)
	defer letGo()
	set := watch(t)
	cfg, err := loadEvery(t, time.Millisecond, "snapshot: {interval: 1s}\ntemplate: minimal")
	require.NoError(t, err)
	cfg.Snapshot.Interval = time.Millisecond
	var sink consumertest.MetricsSink
	logs, err := NewFactory().CreateLogs(t.Context(), set.Settings, cfg, next)
	require.NoError(t, err)
	metrics, err := NewFactory().CreateMetrics(t.Context(), set.Settings, cfg, &sink)
	require.NoError(t, err)
	require.NoError(t, metrics.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(t, logs.Start(context.Background(), componenttest.NewNopHost()))
	require.Eventually(t, func() bool { return calls.Load() == 1 }, 10*time.Second, time.Millisecond)
	before := len(sink.AllMetrics())
	require.Eventually(t, func() bool { return len(sink.AllMetrics()) >= before+20 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, int64(1), calls.Load(), "one in flight")
	assert.GreaterOrEqual(t, counted(t, set.tel, "otelcol_hostprobe_snapshots_dropped"), int64(15))
	shutDownSoon(t, logs, metrics)
}

// TestPipelineThatKeeps: the pipeline owns what it consumes. A consumer that moves the records elsewhere, as the batch
// processor does, has accepted them.
func TestPipelineThatKeeps(t *testing.T) {
	tel := componenttest.NewTelemetry()
	t.Cleanup(func() { assert.NoError(t, tel.Shutdown(context.Background())) })
	set := receivertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	cfg, err := load(t, "initial_delay: 0s\nscrapers: {load: }")
	require.NoError(t, err)
	taken := make(chan struct{}, 100)
	keeps, err := consumer.NewLogs(func(_ context.Context, logs plog.Logs) error {
		logs.MoveTo(plog.NewLogs())
		taken <- struct{}{}
		return nil
	}, consumer.WithCapabilities(consumer.Capabilities{MutatesData: true}))
	require.NoError(t, err)
	metrics, err := NewFactory().CreateMetrics(t.Context(), set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	logs, err := NewFactory().CreateLogs(t.Context(), set, cfg, keeps)
	require.NoError(t, err)
	require.NoError(t, logs.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(t, metrics.Start(context.Background(), componenttest.NewNopHost()))
	<-taken
	require.NoError(t, metrics.Shutdown(context.Background()))
	require.NoError(t, logs.Shutdown(context.Background()))
	accepted, err := tel.GetMetric("otelcol_receiver_accepted_log_records")
	require.NoError(t, err)
	points := accepted.Data.(metricdata.Sum[int64]).DataPoints
	require.Len(t, points, 1)
	assert.Equal(t, int64(1+len(taken)), points[0].Value)
}

func shutDownSoon(t testing.TB, receivers ...receiver.Logs) {
	t.Helper()
	began := time.Now()
	for _, r := range receivers {
		assert.NoError(t, r.Shutdown(context.Background()))
	}
	assert.Less(t, time.Since(began), 5*time.Second)
}

// TestRefusedDocument: an error of the pipeline is logged once, and the next document is on time.
func TestRefusedDocument(t *testing.T) {
	var calls atomic.Int64
	next, err := consumer.NewLogs(func(context.Context, plog.Logs) error {
		calls.Add(1)
		return errors.New("no")
	})
	require.NoError(t, err)
	set := watch(t)
	cfg, err := loadEvery(t, time.Millisecond, "template: minimal")
	require.NoError(t, err)
	cfg.Snapshot.Interval = time.Millisecond
	logs, err := NewFactory().CreateLogs(t.Context(), set.Settings, cfg, next)
	require.NoError(t, err)
	metrics, err := NewFactory().CreateMetrics(t.Context(), set.Settings, cfg, consumertest.NewNop())
	require.NoError(t, err)
	require.NoError(t, logs.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(t, metrics.Start(context.Background(), componenttest.NewNopHost()))
	require.Eventually(t, func() bool { return calls.Load() >= 3 }, 10*time.Second, time.Millisecond)
	shutDownSoon(t, metrics, logs)
	assert.Equal(t, 1, set.log.FilterMessage("Pipeline rejected a snapshot document").Len(), "a persistent state is logged once")
}

// TestPanicInDocument: a panic drops the document, is logged once, and does not keep the pooled buffer.
func TestPanicInDocument(t *testing.T) {
	set := watch(t)
	cfg, err := load(t, "template: minimal")
	require.NoError(t, err)
	s, err := sharedHost(set.Settings, cfg, logsSignal)
	require.NoError(t, err)
	defer s.release(logsSignal)
	require.NoError(t, s.start(t.Context(), componenttest.NewNopHost()))
	defer func() { assert.NoError(t, s.shutdown(context.Background())) }()
	nextDocument(t, s)
	s.snapshot.Filled.Add(snapshot.DomainProcess)
	s.documents.options.Domains.Add(snapshot.DomainProcess)
	s.snapshot.ProcessList.Top = []snapshot.Process{{Status: snapshot.NumProcessStatuses, StatusKnown: true}} // There is no such status.
	for range 2 {
		_, ok := s.makeDocument()
		assert.False(t, ok)
	}
	assert.Equal(t, 1, set.log.FilterMessage("Snapshot document dropped: encoding panicked").Len())
	assert.Equal(t, byte('{'), nextDocument(t, s)[0])
}

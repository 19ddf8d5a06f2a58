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
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/zap/zapcore"
)

// holding is a pipeline that holds what it consumes until the gate opens or, if it obeys, until its context is canceled.
type holding struct {
	gate, called, returned chan struct{}
	obeys                  bool
}

func newHolding(obeys bool) *holding {
	return &holding{gate: make(chan struct{}), called: make(chan struct{}), returned: make(chan struct{}), obeys: obeys}
}

// hold takes one batch; there is no other one, for the interval is long.
func (h *holding) hold(ctx context.Context) error {
	close(h.called)
	defer close(h.returned)
	canceled := ctx.Done()
	if !h.obeys {
		canceled = nil
	}
	select {
	case <-h.gate:
	case <-canceled:
	}
	return ctx.Err()
}

// TestShutdownWhilePipelineHolds: Shutdown cancels the context of a pipeline that holds a batch or a document, and abandons it
// if it does not return.
func TestShutdownWhilePipelineHolds(t *testing.T) {
	for name, tt := range map[string]struct {
		create func(*testing.T, watched, *Config, *holding) component.Component
		left   []string
	}{
		"metrics": {
			create: func(t *testing.T, set watched, cfg *Config, h *holding) component.Component {
				t.Helper()
				next, err := consumer.NewMetrics(func(ctx context.Context, _ pmetric.Metrics) error { return h.hold(ctx) })
				require.NoError(t, err)
				r, err := NewFactory().CreateMetrics(t.Context(), set.Settings, cfg, next)
				require.NoError(t, err)
				return r
			},
			left: []string{"Shutdown timed out: scrape or ConsumeMetrics still blocked; abandoning it"},
		},
		"logs alone": {
			create: func(t *testing.T, set watched, cfg *Config, h *holding) component.Component {
				t.Helper()
				next, err := consumer.NewLogs(func(ctx context.Context, _ plog.Logs) error { return h.hold(ctx) })
				require.NoError(t, err)
				r, err := NewFactory().CreateLogs(t.Context(), set.Settings, cfg, next)
				require.NoError(t, err)
				return r
			},
			left: []string{"Shutdown timed out: ConsumeLogs still blocked; abandoning it"},
		},
	} {
		for _, obeys := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					set, h := watch(t), newHolding(obeys)
					cfg, err := load(t, "initial_delay: 0s\ntemplate: minimal")
					require.NoError(t, err)
					r := tt.create(t, set, cfg, h)
					require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
					<-h.called
					began := time.Now()
					require.NoError(t, r.Shutdown(context.Background()))
					took := time.Since(began)
					var left []string
					for _, entry := range set.log.FilterLevelExact(zapcore.WarnLevel).All() {
						left = append(left, entry.Message)
					}
					if obeys {
						<-h.returned
						assert.Equal(t, shutdownGrace, took)
						assert.Empty(t, left)
					} else {
						assert.Equal(t, shutdownGrace+cancelGrace, took)
						assert.Equal(t, tt.left, left)
					}
					close(h.gate)
					<-h.returned
				})
			})
		}
	}
}

// TestShutdownGivesUpWithItsContext: Shutdown waits no longer than its own context.
func TestShutdownGivesUpWithItsContext(t *testing.T) {
	h := newHolding(true)
	next, err := consumer.NewMetrics(func(ctx context.Context, _ pmetric.Metrics) error { return h.hold(ctx) })
	require.NoError(t, err)
	cfg, err := load(t, "initial_delay: 0s\ntemplate: minimal")
	require.NoError(t, err)
	r, err := NewFactory().CreateMetrics(t.Context(), watch(t).Settings, cfg, next)
	require.NoError(t, err)
	require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
	<-h.called
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	began := time.Now()
	require.NoError(t, r.Shutdown(ctx))
	<-h.returned
	assert.Less(t, time.Since(began), time.Second)
}

// TestShutdownTwice: a component must allow a second Shutdown, started or not.
func TestShutdownTwice(t *testing.T) {
	for _, isStarted := range []bool{false, true} {
		cfg, err := load(t, "")
		require.NoError(t, err)
		alone, err := load(t, "")
		require.NoError(t, err)
		set := watch(t).Settings
		metrics, err := NewFactory().CreateMetrics(t.Context(), set, cfg, consumertest.NewNop())
		require.NoError(t, err)
		logs, err := NewFactory().CreateLogs(t.Context(), set, cfg, consumertest.NewNop())
		require.NoError(t, err)
		logsAlone, err := NewFactory().CreateLogs(t.Context(), set, alone, consumertest.NewNop())
		require.NoError(t, err)
		for _, r := range []component.Component{metrics, logs, logsAlone} {
			if isStarted {
				require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
			}
			for range 2 {
				assert.NoError(t, r.Shutdown(context.Background()))
			}
		}
	}
}

// TestRefusedDocumentAlone: without metrics, too, an error of the pipeline is logged once, and its recovery once.
func TestRefusedDocumentAlone(t *testing.T) {
	var calls atomic.Int64
	next, err := consumer.NewLogs(func(context.Context, plog.Logs) error {
		if calls.Add(1) <= 3 {
			return errors.New("no")
		}
		return nil
	})
	require.NoError(t, err)
	set := watch(t)
	cfg, err := load(t, "initial_delay: 0s\ntemplate: minimal")
	require.NoError(t, err)
	cfg.Snapshot.Interval = time.Millisecond
	logs, err := NewFactory().CreateLogs(t.Context(), set.Settings, cfg, next)
	require.NoError(t, err)
	require.NoError(t, logs.Start(context.Background(), componenttest.NewNopHost()))
	require.Eventually(t, func() bool { return calls.Load() >= 6 }, 10*time.Second, time.Millisecond)
	require.NoError(t, logs.Shutdown(context.Background()))
	assert.Equal(t, 1, set.log.FilterMessage("Pipeline rejected a snapshot document").Len())
	assert.Equal(t, 1, set.log.FilterMessage("Pipeline accepts snapshot documents again").Len())
}

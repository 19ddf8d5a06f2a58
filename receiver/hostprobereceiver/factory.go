// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"

	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// NewFactory creates the factory of the host_probe receiver.
func NewFactory() receiver.Factory {
	return receiver.NewFactory(
		metadata.Type,
		createDefaultConfig,
		receiver.WithMetrics(createMetrics, metadata.MetricsStability),
		receiver.WithLogs(createLogs, metadata.LogsStability),
	)
}

// createDefaultConfig returns the configuration of `host_probe:` alone: the standard template.
func createDefaultConfig() component.Config {
	cfg := &Config{}
	if err := cfg.Unmarshal(confmap.New()); err != nil {
		panic(err) // The standard template does not fit Config.
	}
	return cfg
}

func createMetrics(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Metrics) (receiver.Metrics, error) {
	c := cfg.(*Config)
	host, err := sharedHost(set, c, metricsSignal)
	if err != nil {
		return nil, err
	}
	r := &metricsReceiver{host: host, next: next}
	if err = r.make(set, c); err != nil {
		host.release(metricsSignal)
		return nil, err
	}
	r.consumeCtx, r.cancelConsume = context.WithCancel(context.Background())
	return r, nil
}

func createLogs(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Logs) (receiver.Logs, error) {
	c := cfg.(*Config)
	host, err := sharedHost(set, c, logsSignal)
	if err != nil {
		return nil, err
	}
	r := &logsReceiver{host: host}
	if err = r.make(set, c, next); err != nil {
		host.release(logsSignal)
		return nil, err
	}
	return r, nil
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/scraper"
	"go.opentelemetry.io/collector/scraper/scraperhelper"

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

// createMetrics makes one controller with one scraper, whatever the number of scrapers configured: they share one
// probe, one snapshot and one timestamp.
func createMetrics(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Metrics) (receiver.Metrics, error) {
	c := cfg.(*Config)
	host, err := sharedHost(set, c, metricsSignal)
	if err != nil {
		return nil, err
	}
	metrics, err := scraper.NewMetrics(host.scrape, scraper.WithStart(host.start), scraper.WithShutdown(host.shutdown))
	if err != nil {
		host.release(metricsSignal)
		return nil, err
	}
	controller, err := scraperhelper.NewMetricsController(&c.ControllerConfig, set, next, scraperhelper.AddMetricsScraper(metadata.Type, metrics))
	if err != nil {
		host.release(metricsSignal)
		return nil, err
	}
	return &metricsReceiver{controller, host}, nil
}

// metricsReceiver is the metrics signal.
type metricsReceiver struct {
	receiver.Metrics
	host *hostScraper
}

// Shutdown implements component.Component.
func (r *metricsReceiver) Shutdown(ctx context.Context) error {
	defer r.host.release(metricsSignal)
	return r.Metrics.Shutdown(ctx)
}

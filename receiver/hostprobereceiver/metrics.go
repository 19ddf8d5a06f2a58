// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"sync"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/scraper"
	"go.opentelemetry.io/collector/scraper/scraperhelper"

	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// metricsReceiver is the metrics signal: one controller with one scraper, whatever the number of configured scrapers, which
// share one probe, one snapshot and one timestamp.
type metricsReceiver struct {
	receiver.Metrics
	host *hostScraper
	next consumer.Metrics
	// consumeCtx ends when the pipeline must return the batch that it holds.
	consumeCtx    context.Context
	cancelConsume context.CancelFunc
	once          sync.Once
}

func (r *metricsReceiver) make(set receiver.Settings, cfg *Config) error {
	metrics, err := scraper.NewMetrics(r.host.scrape, scraper.WithStart(r.host.start), scraper.WithShutdown(r.host.shutdown))
	if err != nil {
		return err
	}
	next, err := consumer.NewMetrics(r.consume)
	if err != nil {
		return err
	}
	r.Metrics, err = scraperhelper.NewMetricsController(&cfg.ControllerConfig, set, next, scraperhelper.AddMetricsScraper(metadata.Type, metrics))
	return err
}

func (r *metricsReceiver) consume(ctx context.Context, batch pmetric.Metrics) error {
	ctx, cancel := endingWith(ctx, r.consumeCtx)
	defer cancel()
	return r.next.ConsumeMetrics(ctx, batch)
}

// Shutdown implements component.Component. The controller waits for the pipeline to return the batch, without a deadline. If that
// takes too long, the controller is abandoned, and closes the probe once the pipeline returns.
func (r *metricsReceiver) Shutdown(ctx context.Context) (err error) {
	r.once.Do(func() {
		defer r.host.release(metricsSignal)
		defer r.cancelConsume()
		result := make(chan error, 1)
		ended := inBackground(func() { result <- r.Metrics.Shutdown(context.WithoutCancel(ctx)) })
		if !hasEnded(ended, ctx.Done(), shutdownGrace) {
			r.cancelConsume()
			if !hasEnded(ended, nil, cancelGrace) {
				r.host.logger.Warn("Shutdown timed out: scrape or ConsumeMetrics still blocked; abandoning it")
				return
			}
		}
		err = <-result
	})
	return err
}

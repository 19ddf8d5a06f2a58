// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.opentelemetry.io/collector/scraper"
	"go.opentelemetry.io/collector/scraper/scraperhelper"

	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// logsReceiver is the logs signal: one document per snapshot.interval. Beside metrics, their scrapes make the documents, so that
// nothing is read twice; alone, it has a controller of its own.
type logsReceiver struct {
	host       *hostScraper
	delivery   *delivery
	controller receiver.Logs
	alone      bool
	once       sync.Once
}

func (r *logsReceiver) make(set receiver.Settings, cfg *Config, next consumer.Logs) error {
	report, err := receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{ReceiverID: set.ID, ReceiverCreateSettings: set})
	if err != nil {
		return err
	}
	r.delivery = newDelivery(next, report, set.Logger)
	logs, err := scraper.NewLogs(r.host.scrapeDocument, scraper.WithStart(r.host.start), scraper.WithShutdown(r.host.shutdown))
	if err != nil {
		return err
	}
	consume, err := consumer.NewLogs(r.delivery.sendAndWait)
	if err != nil {
		return err
	}
	controller := cfg.ControllerConfig
	controller.CollectionInterval = cfg.Snapshot.Interval
	r.controller, err = scraperhelper.NewLogsController(&controller, set, consume, scraperhelper.AddFactoryWithConfig(
		scraper.NewFactory(metadata.Type, nil, scraper.WithLogs(
			func(context.Context, scraper.Settings, component.Config) (scraper.Logs, error) { return logs, nil },
			metadata.LogsStability)), nil))
	return err
}

// Start implements component.Component. The Collector creates all receivers before it starts the first.
func (r *logsReceiver) Start(ctx context.Context, host component.Host) error {
	r.delivery.start()
	if r.host.has(metricsSignal) {
		r.host.documents.delivery.Store(r.delivery)
		return nil
	}
	r.alone = true
	return r.controller.Start(ctx, host)
}

// Shutdown implements component.Component. A blocked consumer delays it no longer than the delivery waits.
func (r *logsReceiver) Shutdown(ctx context.Context) (err error) {
	r.once.Do(func() {
		defer r.host.release(logsSignal)
		r.host.documents.delivery.CompareAndSwap(r.delivery, nil)
		if !r.alone {
			err = r.delivery.shutdown(ctx)
			return
		}
		began, result := time.Now(), make(chan error, 1)
		ended := inBackground(func() { result <- r.controller.Shutdown(context.WithoutCancel(ctx)) })
		err = r.delivery.shutdown(ctx)
		if !hasEnded(ended, nil, max(shutdownGrace-time.Since(began), cancelGrace)) {
			r.host.logger.Warn("Shutdown timed out: scrape still blocked; abandoning it")
			return
		}
		err = errors.Join(err, <-result)
	})
	return err
}

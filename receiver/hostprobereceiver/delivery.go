// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"errors"
	"sync/atomic"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.uber.org/zap"
)

// delivery sends documents to the logs pipeline, one at a time and on a goroutine of its own: a slow pipeline drops documents and
// never blocks a scrape for metrics.
type delivery struct {
	next   consumer.Logs
	report *receiverhelper.ObsReport
	logger *zap.Logger

	inFlight  atomic.Bool // A document is reserved or being consumed.
	refused   bool        // The pipeline returned an error for the last document.
	queue     chan delivered
	stop      chan struct{} // Closed to end the goroutine.
	ended     chan struct{} // Closed when it has ended.
	abandoned chan struct{} // Closed when Shutdown stops waiting for the pipeline.
	cancel    context.CancelFunc
}

// delivered is a document in flight. result receives what the pipeline returned; nil if nothing waits for it.
type delivered struct {
	ctx    context.Context
	logs   plog.Logs
	result chan<- error
}

func newDelivery(next consumer.Logs, report *receiverhelper.ObsReport, logger *zap.Logger) *delivery {
	return &delivery{
		next: next, report: report, logger: logger, queue: make(chan delivered, 1),
		stop: make(chan struct{}), ended: make(chan struct{}), abandoned: make(chan struct{}),
	}
}

func (d *delivery) start() {
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	go d.run(ctx)
}

func (d *delivery) run(ctx context.Context) {
	defer close(d.ended)
	for {
		select {
		case item := <-d.queue:
			d.deliver(ctx, item)
			d.inFlight.Store(false)
		case <-d.stop:
			return
		}
	}
}

func (d *delivery) deliver(ctx context.Context, item delivered) {
	var err error
	if item.result != nil { // The controller that waits for it reports it.
		consumeCtx, cancel := endingWith(item.ctx, ctx)
		err = d.next.ConsumeLogs(consumeCtx, item.logs)
		cancel()
		item.result <- err
	} else {
		records := item.logs.LogRecordCount() // Counted before the pipeline owns them.
		ctx = d.report.StartLogsOp(ctx)
		err = d.next.ConsumeLogs(ctx, item.logs)
		d.report.EndLogsOp(ctx, "", records, err)
	}
	d.logResult(err)
}

// logResult logs the first error of the pipeline, and its recovery.
func (d *delivery) logResult(err error) {
	if err != nil && !d.refused {
		d.logger.Error("Pipeline rejected a snapshot document", zap.Error(err))
	} else if err == nil && d.refused {
		d.logger.Info("Pipeline accepts snapshot documents again")
	}
	d.refused = err != nil
}

// reserve makes a reservation for a document. It reports false while the one before is in flight.
func (d *delivery) reserve() bool { return d.inFlight.CompareAndSwap(false, true) }

// send delivers the document of a reservation. It does not block.
func (d *delivery) send(logs plog.Logs) { d.queue <- delivered{logs: logs} }

// cancelReservation frees the reservation without a document.
func (d *delivery) cancelReservation() { d.inFlight.Store(false) }

var errShutDown = errors.New("receiver shut down before the pipeline accepted the snapshot document")

// sendAndWait delivers a document and returns what the pipeline returned for it. It waits until Shutdown stops waiting.
func (d *delivery) sendAndWait(ctx context.Context, logs plog.Logs) error {
	result := make(chan error, 1)
	d.inFlight.Store(true)
	select {
	case d.queue <- delivered{ctx: ctx, logs: logs, result: result}:
	case <-d.stop:
		return errShutDown
	}
	select {
	case err := <-result:
		return err
	case <-d.ended:
		select {
		case err := <-result:
			return err
		default:
			return errShutDown
		}
	case <-d.abandoned:
		return errShutDown
	}
}

// shutdown may come before start.
func (d *delivery) shutdown(ctx context.Context) error {
	close(d.stop)
	if d.cancel == nil {
		return nil
	}
	defer close(d.abandoned)
	defer d.cancel()
	if hasEnded(d.ended, ctx.Done(), shutdownGrace) {
		return nil
	}
	d.cancel()
	if !hasEnded(d.ended, nil, cancelGrace) {
		d.logger.Warn("Shutdown timed out: ConsumeLogs still blocked; abandoning it")
	}
	return nil
}

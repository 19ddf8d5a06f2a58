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

// delivery hands documents to the logs pipeline, on a goroutine of its own and one at a time: a pipeline that is slow costs
// documents, and never a scrape.
type delivery struct {
	next   consumer.Logs
	report *receiverhelper.ObsReport
	logger *zap.Logger

	// inFlight says that a document was promised, or is being delivered.
	inFlight atomic.Bool
	// refused says that the pipeline did not take the last document.
	refused bool
	queue   chan delivered
	stop    chan struct{} // Closed: nothing more is taken.
	ended   chan struct{} // Closed: the goroutine has ended.
	gaveUp  chan struct{} // Closed: nobody waits for the pipeline any more.
	cancel  context.CancelFunc
}

// delivered is a document on its way. result gets what the pipeline said, if somebody wants to know.
type delivered struct {
	ctx    context.Context
	logs   plog.Logs
	result chan<- error
}

func newDelivery(next consumer.Logs, report *receiverhelper.ObsReport, logger *zap.Logger) *delivery {
	return &delivery{
		next: next, report: report, logger: logger, queue: make(chan delivered, 1),
		stop: make(chan struct{}), ended: make(chan struct{}), gaveUp: make(chan struct{}),
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
		case one := <-d.queue:
			d.deliver(ctx, one)
			d.inFlight.Store(false)
		case <-d.stop:
			return
		}
	}
}

func (d *delivery) deliver(ctx context.Context, one delivered) {
	var err error
	if one.result != nil { // It is reported by who waits for it.
		given, cancel := endingWith(one.ctx, ctx)
		err = d.next.ConsumeLogs(given, one.logs)
		cancel()
		one.result <- err
	} else {
		records := one.logs.LogRecordCount() // Now: they are the pipeline's afterwards.
		ctx = d.report.StartLogsOp(ctx)
		err = d.next.ConsumeLogs(ctx, one.logs)
		d.report.EndLogsOp(ctx, "", records, err)
	}
	d.tell(err)
}

// tell logs what the pipeline said, if it has changed its mind.
func (d *delivery) tell(err error) {
	if err != nil && !d.refused {
		d.logger.Error("Pipeline rejected a snapshot document", zap.Error(err))
	} else if err == nil && d.refused {
		d.logger.Info("Pipeline accepts snapshot documents again")
	}
	d.refused = err != nil
}

// reserve promises a document. It reports false while the one before is in flight.
func (d *delivery) reserve() bool { return d.inFlight.CompareAndSwap(false, true) }

// send hands over the document that was promised. There is room for it, and nobody waits.
func (d *delivery) send(logs plog.Logs) { d.queue <- delivered{logs: logs} }

// cancelPromise takes a promise back.
func (d *delivery) cancelPromise() { d.inFlight.Store(false) }

var errShutDown = errors.New("receiver shut down before the pipeline accepted the snapshot document")

// through is send for who waits for the pipeline, but no longer than until Shutdown has given up.
func (d *delivery) through(ctx context.Context, logs plog.Logs) error {
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
	case <-d.gaveUp:
		return errShutDown
	}
}

// shutdown may come before start.
func (d *delivery) shutdown(ctx context.Context) error {
	close(d.stop)
	if d.cancel == nil {
		return nil
	}
	defer close(d.gaveUp)
	defer d.cancel()
	if hasEnded(d.ended, ctx.Done(), patience) {
		return nil
	}
	d.cancel()
	if !hasEnded(d.ended, nil, lastOrder) {
		d.logger.Warn("Shutdown timed out: ConsumeLogs still blocked; abandoning it")
	}
	return nil
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package terminalexporter

import (
	"context"
	"io"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// terminal prints each batch as it arrives. It has no queue: a batch that waited would be printed beside a newer one.
type terminal struct {
	component.StartFunc
	component.ShutdownFunc

	mu    sync.Mutex
	out   io.Writer
	lines int
	zone  *time.Location
	rates rates
}

func newTerminal(out io.Writer, lines int, zone *time.Location) *terminal {
	return &terminal{out: out, lines: lines, zone: zone, rates: rates{}}
}

// Capabilities says that batches are only read.
func (*terminal) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeMetrics prints a batch with one write. Its error is that of the write.
func (t *terminal) ConsumeMetrics(_ context.Context, metrics pmetric.Metrics) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := newBatch(metrics, t.rates)
	t.rates.evict(b.time)
	if len(b.groups) == 0 {
		return nil
	}
	_, err := t.out.Write(b.print(t.lines, t.zone))
	return err
}

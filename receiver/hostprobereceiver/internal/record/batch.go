// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package record turns values into the data points of one batch, in time linear in their number.
//
// Each metric of metadata.yaml has a type of its own with a Record method that takes its value and its attributes
// (generated_record.go). What a metric's configuration says is decided there once: whether it is on, which of its
// attributes are kept and how values are merged that share those. A metric that keeps all its attributes appends its
// points as hand-written code would; a metric that does not looks up the series of what it keeps and writes each once.
package record

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Batch is where the points of one scrape go, and what they all carry.
type Batch struct {
	dst        pmetric.MetricSlice
	start, now pcommon.Timestamp
	since      pcommon.Timestamp // The start of what is recorded now, if it is another.
	max        int
	open       []*number // Metrics with points that are not flushed.
	metrics    int       // How many there were at the last Flush.
	cuts       []Cut
}

// Cut is how many series of one metric were dropped.
type Cut struct {
	Metric string
	Series int64
}

// Begin starts a batch. Every point recorded until the next Begin goes into dst with these two timestamps. A start of 0
// is unknown.
func (b *Batch) Begin(dst pmetric.MetricSlice, start, now pcommon.Timestamp) {
	b.Discard() // What was not flushed belongs to the batch before, which is no longer ours.
	b.dst, b.start, b.now = dst, start, now
	b.dst.EnsureCapacity(b.metrics)
}

// Since makes start that of the points recorded from now on, until the next Since or Begin; 0 is the start of the batch.
// A value that is merged with others has the start of the batch.
func (b *Batch) Since(start pcommon.Timestamp) { b.since = start }

// Flush writes what was recorded since Begin or the last Flush and returns how many points that made.
func (b *Batch) Flush() (points int) {
	b.cuts = b.cuts[:0]
	for _, n := range b.open {
		points += n.flush()
	}
	b.open, b.metrics = b.open[:0], b.dst.Len()
	return points
}

// Discard drops what was recorded since Begin or the last Flush and is not written yet: a merged value of which a part is
// missing would be wrong.
func (b *Batch) Discard() {
	for _, n := range b.open {
		n.reset()
	}
	b.open, b.since = b.open[:0], 0
}

// End lets go of the batch. It is the pipeline's: held on to until the next Begin, it would be live memory for as long as
// nothing is scraped.
func (b *Batch) End() {
	b.Discard()
	b.dst = pmetric.MetricSlice{}
}

// Cuts says what max_series has dropped of what was flushed last. It is valid until the next Flush.
func (b *Batch) Cuts() []Cut { return b.cuts }

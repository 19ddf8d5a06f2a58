// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

const (
	major = metadata.AttributePagingTypeMajor
	minor = metadata.AttributePagingTypeMinor
)

// faults is a recorder whose system.paging.faults is made for the test.
func faults() *Recorder {
	cfg := metadata.DefaultMetricsConfig()
	return New(&cfg, 10)
}

// batch records into a batch of the time given and returns the series of its one metric.
func batch(r *Recorder, now pcommon.Timestamp, record func(m *SystemPagingFaults)) []string {
	dst := pmetric.NewMetricSlice()
	r.Begin(dst, 1, now)
	record(&r.SystemPagingFaults)
	r.Flush()
	if dst.Len() == 0 {
		return nil
	}
	return series(dst.At(0))
}

func TestFold(t *testing.T) {
	r := faults()
	r.SystemPagingFaults.Fold()
	for range 2 {
		assert.Equal(t, []string{"type=major 3 @1-2", "type=minor 4 @1-2"}, batch(r, 2, func(m *SystemPagingFaults) {
			m.Record(1, major)
			m.Record(4, minor)
			m.Record(2, major)
		}))
	}
}

func TestAccumulate(t *testing.T) {
	r := faults()
	r.SystemPagingFaults.Accumulate()
	assert.Equal(t, []string{"type=major 5 @1-10", "type=minor 1 @1-10"}, batch(r, 10, func(m *SystemPagingFaults) {
		m.Record(2, major) // Two things in one series.
		m.Record(3, major)
		m.Record(1, minor)
	}))
	assert.Equal(t, []string{"type=major 7 @1-20", "type=minor 1 @1-20"}, batch(r, 20, func(m *SystemPagingFaults) {
		m.Record(2, major) // One of them has ended, which lowers nothing.
		m.Record(0, minor)
	}))
	assert.Empty(t, batch(r, 30, func(*SystemPagingFaults) {}), "nothing was read")
	assert.Equal(t, []string{"type=minor 1 @1-40"}, batch(r, 40, func(m *SystemPagingFaults) {
		m.Record(0, minor) // The batch in which nothing was read has reset no count.
	}))
	assert.Equal(t, []string{"type=minor 1 @1-50", "type=major 4 @1-50"}, batch(r, 50, func(m *SystemPagingFaults) {
		m.Record(0, minor)
		m.Record(4, major) // It was gone, and begins anew.
	}))
}

func TestAccumulateAfterDiscard(t *testing.T) {
	r := faults()
	r.SystemPagingFaults.Accumulate()
	batch(r, 10, func(m *SystemPagingFaults) { m.Record(5, major) })
	assert.Empty(t, batch(r, 20, func(m *SystemPagingFaults) {
		m.Record(100, major)
		r.Discard()
	}))
	assert.Equal(t, []string{"type=major 6 @1-30"}, batch(r, 30, func(m *SystemPagingFaults) { m.Record(1, major) }))
}

// TestAccumulateForgets: series come and go, and those that stay keep what is theirs.
func TestAccumulateForgets(t *testing.T) {
	r := faults()
	usage := &r.SystemPagingUsage
	usage.Accumulate()
	last := []string(nil)
	for i := range 200 {
		dst := pmetric.NewMetricSlice()
		r.Begin(dst, 1, pcommon.Timestamp(i+2))
		for device := i; device < i+10; device++ {
			usage.Record(1, string(rune('A'+device)), metadata.AttributePagingStateUsed)
		}
		r.Flush()
		last = series(dst.At(0))
		assert.Len(t, usage.folded.slots, 10)
		assert.Len(t, usage.folded.index, 10)
	}
	assert.Contains(t, last[0], " 10 @", "the oldest of ten was recorded ten times")
	assert.Contains(t, last[9], " 1 @")
}

func TestOverflow(t *testing.T) {
	r := faults()
	assert.Equal(t, []string{"type=major 1 @1-2", "otel.metric.overflow=true 5 @1-2"}, batch(r, 2, func(m *SystemPagingFaults) {
		m.Record(1, major)
		m.RecordOverflow(2)
		m.RecordOverflow(3)
	}))
	assert.Equal(t, []Cut{{"system.paging.faults", 2}}, r.Cuts())
	assert.Equal(t, []string{"type=major 1 @1-2"}, batch(r, 2, func(m *SystemPagingFaults) { m.Record(1, major) }))

	r = faults()
	r.SystemPagingFaults.Accumulate()
	for i, want := range []string{"otel.metric.overflow=true 5 @1-10", "otel.metric.overflow=true 5 @1-11", "otel.metric.overflow=true 9 @1-12"} {
		got := batch(r, pcommon.Timestamp(10+i), func(m *SystemPagingFaults) {
			m.Record(1, major)
			if i != 1 {
				m.RecordOverflow(5 - int64(i)/2)
			}
		})
		assert.Equal(t, want, got[1], "a sum that was there stays")
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

type (
	timeKey = metadata.SystemCPUTimeMetricAttributeKey
	state   = metadata.AttributeCPUState
)

const (
	keyCPU   = metadata.SystemCPUTimeMetricAttributeKeyCPUCPU
	keyState = metadata.SystemCPUTimeMetricAttributeKeyCPUState
	user     = metadata.AttributeCPUStateUser
	system   = metadata.AttributeCPUStateSystem
	idle     = metadata.AttributeCPUStateIdle
)

func recorder(maxSeries int, strategy string, attributes ...timeKey) *Recorder {
	cfg := metadata.DefaultMetricsConfig()
	cfg.SystemCPUTime.EnabledAttributes = attributes
	cfg.SystemCPUTime.AggregationStrategy = strategy
	cfg.SystemCPUUtilization.Enabled = true
	cfg.SystemCPUUtilization.EnabledAttributes = nil
	return New(&cfg, maxSeries)
}

// series is a metric's points as text, in their order: attributes, value, times.
func series(m pmetric.Metric) (all []string) {
	var points pmetric.NumberDataPointSlice
	if m.Type() == pmetric.MetricTypeSum {
		points = m.Sum().DataPoints()
	} else {
		points = m.Gauge().DataPoints()
	}
	for i := range points.Len() {
		p := points.At(i)
		var attributes []string
		for k, v := range p.Attributes().All() {
			attributes = append(attributes, k+"="+v.AsString())
		}
		value := fmt.Sprint(p.DoubleValue())
		if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
			value = fmt.Sprint(p.IntValue())
		}
		all = append(all, fmt.Sprintf("%s %s @%d-%d", strings.Join(attributes, ","), value, p.StartTimestamp(), p.Timestamp()))
	}
	return all
}

func TestDescriptor(t *testing.T) {
	r := recorder(10, "sum", keyCPU, keyState)
	dst := pmetric.NewMetricSlice()
	r.Begin(dst, 1, 2)
	r.SystemCPUTime.Record(1e9, "cpu0", user)
	r.SystemCPUUtilization.Record(0.5, "cpu0", user)
	r.SystemMemoryUsage.Record(7, metadata.AttributeMemoryStateFree)
	assert.Equal(t, 3, r.Flush())
	require.Equal(t, 3, dst.Len())

	time, utilization, memory := dst.At(0), dst.At(1), dst.At(2)
	assert.Equal(t, "system.cpu.time", time.Name())
	assert.Equal(t, "s", time.Unit())
	assert.NotEmpty(t, time.Description())
	assert.True(t, time.Sum().IsMonotonic())
	assert.Equal(t, pmetric.AggregationTemporalityCumulative, time.Sum().AggregationTemporality())
	assert.Equal(t, pmetric.MetricTypeGauge, utilization.Type())
	assert.False(t, memory.Sum().IsMonotonic())
	assert.Equal(t, []string{"cpu=cpu0,state=user 1 @1-2"}, series(time))
	assert.Equal(t, []string{" 0.5 @1-2"}, series(utilization))
	assert.Equal(t, []string{"state=free 7 @1-2"}, series(memory))
}

func TestFolding(t *testing.T) {
	for name, tt := range map[string]struct {
		strategy   string
		attributes []timeKey
		want       []string
	}{
		"all":       {"sum", []timeKey{keyCPU, keyState}, []string{"cpu=cpu0,state=user 1 @1-2", "cpu=cpu0,state=idle 2 @1-2", "cpu=cpu1,state=user 4 @1-2", "cpu=cpu1,state=idle 8 @1-2"}},
		"any order": {"sum", []timeKey{keyState, keyCPU}, []string{"cpu=cpu0,state=user 1 @1-2", "cpu=cpu0,state=idle 2 @1-2", "cpu=cpu1,state=user 4 @1-2", "cpu=cpu1,state=idle 8 @1-2"}},
		"sum":       {"sum", []timeKey{keyState}, []string{"state=user 5 @1-2", "state=idle 10 @1-2"}},
		"avg":       {"avg", []timeKey{keyState}, []string{"state=user 2.5 @1-2", "state=idle 5 @1-2"}},
		"min":       {"min", []timeKey{keyState}, []string{"state=user 1 @1-2", "state=idle 2 @1-2"}},
		"max":       {"max", []timeKey{keyState}, []string{"state=user 4 @1-2", "state=idle 8 @1-2"}},
		"cpu":       {"sum", []timeKey{keyCPU}, []string{"cpu=cpu0 3 @1-2", "cpu=cpu1 12 @1-2"}},
		"none":      {"sum", []timeKey{}, []string{" 15 @1-2"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := recorder(10, tt.strategy, tt.attributes...)
			for range 3 { // Nothing may be left from the batch before.
				dst := pmetric.NewMetricSlice()
				r.Begin(dst, 1, 2)
				m := &r.SystemCPUTime
				m.Record(1e9, "cpu0", user)
				m.Record(2e9, "cpu0", idle)
				m.Record(4e9, "cpu1", user)
				m.Record(8e9, "cpu1", idle)
				assert.Equal(t, len(tt.want), r.Flush())
				assert.Equal(t, tt.want, series(dst.At(0)))
			}
		})
	}
}

// TestIntegers: an average of integers is truncated as the generated recorder of the Collector does.
func TestIntegers(t *testing.T) {
	for strategy, want := range map[string]string{"sum": "8", "avg": "2", "min": "1", "max": "5"} {
		cfg := metadata.DefaultMetricsConfig()
		cfg.SystemMemoryUsage.EnabledAttributes = nil
		cfg.SystemMemoryUsage.AggregationStrategy = strategy
		r := New(&cfg, 10)
		dst := pmetric.NewMetricSlice()
		r.Begin(dst, 0, 2)
		r.SystemMemoryUsage.Record(2, metadata.AttributeMemoryStateFree)
		r.SystemMemoryUsage.Record(1, metadata.AttributeMemoryStateUsed)
		r.SystemMemoryUsage.Record(5, metadata.AttributeMemoryStateCached)
		r.Flush()
		assert.Equal(t, []string{" " + want + " @0-2"}, series(dst.At(0)))
	}
}

func TestOff(t *testing.T) {
	cfg := metadata.DefaultMetricsConfig()
	cfg.SystemCPUTime.Enabled = false
	r := New(&cfg, 10)
	dst := pmetric.NewMetricSlice()
	r.Begin(dst, 1, 2)
	r.SystemCPUTime.Record(1e9, "cpu0", user)
	assert.Zero(t, r.Flush())
	assert.Zero(t, dst.Len())
}

// TestBatchLeftUnflushed: what was recorded and not flushed, as after a panic, does not come into the next batch, and the
// batch it was recorded for, which has left, is not touched any more.
// TestSince: a point may have a start of its own, a merged one has not.
func TestSince(t *testing.T) {
	r := recorder(10, "sum", keyCPU, keyState)
	dst := pmetric.NewMetricSlice()
	r.Begin(dst, 1, 9)
	for i, start := range []pcommon.Timestamp{0, 5, 0} {
		r.Since(start)
		r.SystemCPUTime.Record(int64(i)*1e9, "cpu0", user)
		r.SystemCPUUtilization.Record(float64(i), "cpu0", user)
	}
	r.Since(6)
	r.Flush()
	assert.Equal(t, []string{"cpu=cpu0,state=user 0 @1-9", "cpu=cpu0,state=user 1 @5-9", "cpu=cpu0,state=user 2 @1-9"}, series(dst.At(0)))
	assert.Equal(t, []string{" 1 @1-9"}, series(dst.At(1)))

	dst = pmetric.NewMetricSlice()
	r.Begin(dst, 2, 9)
	r.SystemCPUTime.Record(3e9, "cpu0", user)
	r.Flush()
	assert.Equal(t, []string{"cpu=cpu0,state=user 3 @2-9"}, series(dst.At(0)), "the next batch is independent")
}

func TestBatchLeftUnflushed(t *testing.T) {
	for _, attributes := range [][]timeKey{{keyCPU, keyState}, {keyState}} {
		r := recorder(10, "sum", attributes...)
		first, second := pmetric.NewMetricSlice(), pmetric.NewMetricSlice()
		r.Begin(first, 1, 2)
		r.SystemCPUTime.Record(100e9, "cpu0", user)
		left := series(first.At(0))
		r.Begin(second, 3, 4)
		r.SystemCPUTime.Record(1e9, "cpu0", user)
		assert.Equal(t, 1, r.Flush())
		require.Equal(t, 1, second.Len())
		assert.Contains(t, series(second.At(0))[0], "state=user 1 @3-4")
		assert.Equal(t, left, series(first.At(0)))
	}
}

func TestMaxSeries(t *testing.T) {
	for name, tt := range map[string]struct {
		attributes []timeKey
		want       []string
	}{
		"append": {[]timeKey{keyCPU, keyState}, []string{
			"cpu=cpu0,state=user 1 @1-2", "cpu=cpu1,state=user 2 @1-2", "otel.metric.overflow=true 12 @1-2",
		}},
		"fold": {[]timeKey{keyCPU}, []string{
			"cpu=cpu0 1 @1-2", "cpu=cpu1 2 @1-2", "otel.metric.overflow=true 12 @1-2",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := recorder(2, "sum", tt.attributes...)
			for range 2 {
				dst := pmetric.NewMetricSlice()
				r.Begin(dst, 1, 2)
				r.SystemCPUTime.Record(1e9, "cpu0", user)
				r.SystemCPUTime.Record(2e9, "cpu1", user)
				r.SystemCPUTime.Record(4e9, "cpu2", user)
				r.SystemCPUTime.Record(8e9, "cpu3", user)
				assert.Equal(t, 3, r.Flush())
				assert.Equal(t, []Cut{{"system.cpu.time", 2}}, r.Cuts())
				assert.Equal(t, tt.want, series(dst.At(0)))
			}
			r.Flush()
			assert.Empty(t, r.Cuts())
		})
	}
	t.Run("gauge", func(t *testing.T) {
		cfg := metadata.DefaultMetricsConfig()
		cfg.SystemCPUFrequency.Enabled = true
		r := New(&cfg, 1)
		dst := pmetric.NewMetricSlice()
		r.Begin(dst, 1, 2)
		r.SystemCPUFrequency.Record(1, "cpu0")
		r.SystemCPUFrequency.Record(2, "cpu1")
		assert.Equal(t, 1, r.Flush())
		assert.Equal(t, []string{"cpu=cpu0 1 @1-2"}, series(dst.At(0)), "of a gauge the rest is dropped")
		assert.Equal(t, []Cut{{"system.cpu.frequency", 1}}, r.Cuts())
	})
}

// TestSeriesComeAndGo: series that are no longer recorded are not written, and are forgotten when they are many.
func TestSeriesComeAndGo(t *testing.T) {
	r := recorder(1000, "sum", keyCPU)
	for batch := range 20 {
		dst := pmetric.NewMetricSlice()
		r.Begin(dst, 1, 2)
		for i := range 50 {
			r.SystemCPUTime.Record(1e9, fmt.Sprintf("cpu%d", batch*50+i), user)
		}
		assert.Equal(t, 50, r.Flush())
		assert.LessOrEqual(t, len(r.SystemCPUTime.folded.slots), 2*50+slack)
		assert.Len(t, r.SystemCPUTime.folded.index, len(r.SystemCPUTime.folded.slots))
	}
}

// cpus are attribute values that live long, as the receiver's do.
func cpus(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("cpu%d", i)
	}
	return names
}

var states = []state{user, system, idle, metadata.AttributeCPUStateWait}

func recordAll(r *Recorder, names []string) pmetric.MetricSlice {
	dst := pmetric.NewMetricSlice()
	r.Begin(dst, 1, 2)
	for _, name := range names {
		for i, s := range states {
			r.SystemCPUTime.Record(int64(i)*1e9, name, s)
		}
	}
	r.Flush()
	return dst
}

// handWritten makes the same metric as recordAll does with all attributes, with nothing but pdata.
func handWritten(names []string) pmetric.MetricSlice {
	dst := pmetric.NewMetricSlice()
	dst.EnsureCapacity(1)
	m := dst.AppendEmpty()
	m.SetName("system.cpu.time")
	sum := m.SetEmptySum()
	sum.SetIsMonotonic(true)
	points := sum.DataPoints()
	points.EnsureCapacity(len(names) * len(states))
	for _, name := range names {
		for i, s := range states {
			p := points.AppendEmpty()
			p.SetStartTimestamp(1)
			p.SetTimestamp(2)
			p.SetDoubleValue(float64(i))
			p.Attributes().EnsureCapacity(2)
			p.Attributes().PutStr("cpu", name)
			p.Attributes().PutStr("state", s.String())
		}
	}
	return dst
}

// handFolded makes what recordAll does with the state alone.
func handFolded(names []string) pmetric.MetricSlice {
	dst := pmetric.NewMetricSlice()
	m := dst.AppendEmpty()
	points := m.SetEmptySum().DataPoints()
	points.EnsureCapacity(len(states))
	for i, s := range states {
		p := points.AppendEmpty()
		p.SetDoubleValue(float64(i * len(names)))
		p.Attributes().EnsureCapacity(1)
		p.Attributes().PutStr("state", s.String())
	}
	return dst
}

func TestAllocsAsHandWritten(t *testing.T) {
	names := cpus(250)
	for name, tt := range map[string]struct {
		attributes []timeKey
		byHand     func([]string) pmetric.MetricSlice
	}{
		"append": {[]timeKey{keyCPU, keyState}, handWritten},
		"fold":   {[]timeKey{keyState}, handFolded},
	} {
		t.Run(name, func(t *testing.T) {
			r := recorder(20_000, "sum", tt.attributes...)
			want := testing.AllocsPerRun(50, func() { tt.byHand(names) })
			got := testing.AllocsPerRun(50, func() { recordAll(r, names) })
			assert.Equal(t, want, got)
			assert.Equal(t, tt.byHand(names).At(0).Sum().DataPoints().Len(), recordAll(r, names).At(0).Sum().DataPoints().Len())
		})
	}
}

// BenchmarkRecord doubles the series from 1,000 to 16,000: ns/point must not grow with them.
func BenchmarkRecord(b *testing.B) {
	for n := 1000; n <= 16_000; n *= 2 {
		names := cpus(n / len(states))
		for name, f := range map[string]func(){
			"hand-written": func() { handWritten(names) },
			"append":       recording(names, keyCPU, keyState),
			"fold":         recording(names, keyState),
			"fold-to-many": recording(names, keyCPU),
			"mdatagen":     generated(names),
		} {
			if name == "mdatagen" && n > 4000 {
				continue // It is quadratic.
			}
			b.Run(fmt.Sprintf("%s/series=%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					f()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/point")
			})
		}
	}
}

func recording(names []string, attributes ...timeKey) func() {
	r := recorder(20_000, "sum", attributes...)
	return func() { recordAll(r, names) }
}

func generated(names []string) func() {
	cfg := metadata.NewDefaultMetricsBuilderConfig()
	cfg.Metrics.SystemCPUTime.EnabledAttributes = []timeKey{keyCPU, keyState}
	mb := metadata.NewMetricsBuilder(cfg, receivertest.NewNopSettings(metadata.Type))
	return func() {
		for _, name := range names {
			for i, s := range states {
				mb.RecordSystemCPUTimeDataPoint(pcommon.Timestamp(2), float64(i), name, s)
			}
		}
		mb.Emit()
	}
}

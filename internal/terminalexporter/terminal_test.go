// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package terminalexporter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

var began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// host makes a batch, after seconds, of one resource.
type host struct {
	pmetric.MetricSlice
	metrics pmetric.Metrics
	at      pcommon.Timestamp
}

func newHost(after int, resource map[string]any) *host {
	h := &host{metrics: pmetric.NewMetrics(), at: pcommon.NewTimestampFromTime(began.Add(time.Duration(after) * time.Second))}
	return h.resource(resource)
}

func (h *host) resource(attributes map[string]any) *host {
	r := h.metrics.ResourceMetrics().AppendEmpty()
	if err := r.Resource().Attributes().FromRaw(attributes); err != nil {
		panic(err)
	}
	h.MetricSlice = r.ScopeMetrics().AppendEmpty().Metrics()
	return h
}

func (h *host) metric(name, unit string) pmetric.Metric {
	m := h.AppendEmpty()
	m.SetName(name)
	m.SetUnit(unit)
	return m
}

func (h *host) point(points pmetric.NumberDataPointSlice, value float64, attributes ...string) {
	p := points.AppendEmpty()
	p.SetTimestamp(h.at)
	p.SetDoubleValue(value)
	for i := 0; i < len(attributes); i += 2 {
		p.Attributes().PutStr(attributes[i], attributes[i+1])
	}
}

func (h *host) gauge(name, unit string, value float64, attributes ...string) *host {
	h.point(h.metric(name, unit).SetEmptyGauge().DataPoints(), value, attributes...)
	return h
}

func (h *host) sum(monotonic bool, name, unit string, value float64, attributes ...string) *host {
	sum := h.metric(name, unit).SetEmptySum()
	sum.SetIsMonotonic(monotonic)
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	h.point(sum.DataPoints(), value, attributes...)
	return h
}

func (h *host) counter(name, unit string, value float64, attributes ...string) *host {
	return h.sum(true, name, unit, value, attributes...)
}

// printed returns what an exporter prints of these batches, one after the other.
func printed(t *testing.T, lines int, batches ...*host) string {
	t.Helper()
	var out bytes.Buffer
	e := newTerminal(&out, lines, time.UTC)
	for _, b := range batches {
		require.NoError(t, e.ConsumeMetrics(context.Background(), b.metrics))
	}
	return out.String()
}

func TestPrint(t *testing.T) {
	name := map[string]any{"host.name": "h"}
	batch := func(after int, bytes, drops, stalled float64) *host {
		return newHost(after, name).
			sum(false, "memory.limit", "By", 8<<30).
			counter("network.io", "By", bytes, "device", "eth0", "direction", "receive").
			counter("dropped", "{packets}", drops, "port", "53").
			counter("quiet", "{packets}", 7).
			counter("stall", "s", stalled, "resource", "io").
			gauge("load", "{thread}", 0.517).
			gauge("cpu", "1", 0.0493, "state", "user").
			gauge("cpu", "1", 0.9, "state", "idle")
	}
	assert.Equal(t, `03:04:05  {host.name=h}
    90.0 %      cpu{state=idle}
     4.9 %      cpu{state=user}
       8 GiB    memory.limit
    0.52        load
03:04:15  {host.name=h}
     2.5 %      stall{resource=io}
    90.0 %      cpu{state=idle}
     4.9 %      cpu{state=user}
    1.46 KiB/s  network.io{device=eth0,direction=receive}
    0.30 /s     dropped{port=53}
       8 GiB    memory.limit
    0.52        load
`, printed(t, 40, batch(0, 100, 5, 1), batch(10, 15100, 8, 1.25)))
}

// TestShareOfNothing: a counter of seconds that did not increase is a share of 0, which is printed; other counters that did not
// increase are omitted.
func TestShareOfNothing(t *testing.T) {
	batch := func(after int) *host {
		return newHost(after, nil).counter("stall", "s", 3).counter("drops", "{packets}", 3)
	}
	assert.Equal(t, "03:04:06  \n     0.0 %      stall\n", printed(t, 40, batch(0), batch(1)))
}

// TestReset: after a counter began anew there is no rate until its next point.
func TestReset(t *testing.T) {
	batch := func(after int, value float64) *host { return newHost(after, nil).counter("c", "", value) }
	assert.Equal(t, "03:04:07  \n       2 /s     c\n", printed(t, 40, batch(0, 9), batch(1, 3), batch(2, 5)))
	restarted := batch(1, 99)
	restarted.At(0).Sum().DataPoints().At(0).SetStartTimestamp(restarted.at)
	assert.Empty(t, printed(t, 40, batch(0, 9), restarted))
	assert.Empty(t, printed(t, 40, batch(1, 9), batch(1, 10)), "no time passed")
}

// TestEvict: a counter is remembered while its batches are skipped, and no longer than maxAge.
func TestEvict(t *testing.T) {
	e := newTerminal(&bytes.Buffer{}, 40, time.UTC)
	for _, b := range []*host{
		newHost(0, nil).counter("gone", "", 1),
		newHost(int(maxAge.Seconds()), nil).gauge("other", "1", 1),
	} {
		require.NoError(t, e.ConsumeMetrics(context.Background(), b.metrics))
	}
	assert.Len(t, e.rates, 1)
	require.NoError(t, e.ConsumeMetrics(context.Background(), newHost(int(maxAge.Seconds())+1, nil).gauge("other", "1", 1).metrics))
	assert.Empty(t, e.rates)
}

// TestLines: no batch takes more lines than allowed; every metric keeps its largest values.
func TestLines(t *testing.T) {
	batch := newHost(0, nil)
	for i := range 30 {
		batch.gauge("filesystem", "1", float64(i)/100, "mountpoint", fmt.Sprint("/", i))
	}
	for i := range 3 {
		batch.gauge("memory", "1", float64(i)/10, "state", fmt.Sprint(i))
	}
	for lines := minLines; lines < 40; lines++ {
		out := printed(t, lines, batch)
		got := strings.Count(out, "\n")
		assert.LessOrEqual(t, got, lines)
		values := got - 1
		if strings.Contains(out, "more") {
			values--
			assert.Regexp(t, fmt.Sprintf("(?m)^ *… +and %d more$", 33-values), out)
		} else {
			assert.Equal(t, 33, values)
			assert.GreaterOrEqual(t, lines, 34)
		}
		assert.Contains(t, out, "filesystem{mountpoint=/29}")
		if lines > minLines {
			assert.Contains(t, out, "memory{state=2}")
		}
	}
	assert.Contains(t, printed(t, 10, batch), "memory{state=0}", "the shorter metric is whole")
}

// TestResources: attributes that all resources share are printed once, others beside each value.
func TestResources(t *testing.T) {
	batch := newHost(0, map[string]any{"host.name": "h", "pid": 1}).gauge("cpu", "1", 0.1).
		resource(map[string]any{"host.name": "h", "pid": 2}).gauge("cpu", "1", 0.2, "state", "user")
	assert.Equal(t, "03:04:05  {host.name=h}\n    20.0 %      cpu{pid=2,state=user}\n    10.0 %      cpu{pid=1}\n", printed(t, 40, batch))
}

// TestPrintable: a name cannot move the cursor.
func TestPrintable(t *testing.T) {
	out := printed(t, 40, newHost(0, map[string]any{"host.name": "a\nb"}).gauge("used", "1", 0.5, "mountpoint", "/\x1b[2J"))
	assert.Contains(t, out, `{host.name="a\nb"}`)
	assert.Contains(t, out, `used{mountpoint="/\x1b[2J"}`)
}

func TestDigits(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 7: "7", -7: "-7", 0.04: "0.04", 1.234: "1.23", 12.34: "12.3", 1234.5: "1234", 1e19: "10000000000000000000"} {
		assert.Equal(t, want, digits(v))
	}
}

func TestBytePrefix(t *testing.T) {
	for v, want := range map[float64]string{0: "0 B", 999: "999 B", 1000: "0.98 KiB", 1 << 20: "1 MiB", 3 << 60: "3072 PiB"} {
		n, unit := bytePrefix(v)
		assert.Equal(t, want, digits(n)+" "+unit)
	}
}

func TestConfig(t *testing.T) {
	config := NewFactory().CreateDefaultConfig().(*Config)
	assert.NoError(t, config.Validate())
	config.Lines = 2
	assert.EqualError(t, config.Validate(), "lines: 2 is less than 3")
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestWriteFails(t *testing.T) {
	err := newTerminal(full{}, 40, time.UTC).ConsumeMetrics(context.Background(), newHost(0, nil).gauge("cpu", "1", 1).metrics)
	assert.EqualError(t, err, "no space left on device")
}

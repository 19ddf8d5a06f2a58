// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/scraper/scrapererror"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestFaults: a broken source drops its own points, is counted at each scrape, logged once, and logged again when it has
// recovered.
func TestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		source, text   string // The contents of the broken file; without text it is removed.
		scraper, class string
		gone           string // A point that is not there meanwhile.
		returned       string // The error that is returned once, "" for a state that is only logged.
	}{
		"malformed":  {source: "proc/meminfo", text: "MemTotal: 10 kB\nMemFree: x kB\n", scraper: "memory", class: "malformed", gone: "system.memory.usage[state:free]", returned: "memory: proc/meminfo: line 2 is malformed"},
		"missing":    {source: "proc/loadavg", text: "", scraper: "load", class: "unavailable", gone: "system.cpu.load_average.1m[]", returned: ""},
		"empty":      {source: "proc/meminfo", text: "Mapped: 1 kB\n", scraper: "memory", class: "unavailable", gone: "system.memory.usage[state:used]", returned: ""},
		"no swaps":   {source: "proc/swaps", text: "", scraper: "paging", class: "unavailable", gone: "none", returned: ""},
		"no uptime":  {source: "proc/uptime", text: "?\n", scraper: "system", class: "malformed", gone: "system.uptime[]", returned: "system: proc/uptime: line 1 is malformed"},
		"half of io": {source: "proc/pressure/io", text: "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\nfull avg10=?\n", scraper: "pressure", class: "malformed", gone: "system.pressure.linux.stall.time[system.pressure.resource:io system.pressure.stall.type:full]", returned: "pressure: proc/pressure/io: line 2 is malformed"},
		"no number":  {source: "proc/loadavg", text: "high\n", scraper: "load", class: "malformed", gone: "system.cpu.load_average.1m[]", returned: "load: proc/loadavg: line 1 is malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			root := hosttest.Unpack(t, "captured-vm", "t0")
			set := watch(t)
			s := started(t, set.Settings, "root_path: "+root)
			scrapeAll(t, s)
			whole := scrapeAll(t, s) // A UDP listener is one from the second look on.
			if tt.gone != "none" {
				require.Contains(t, whole, tt.gone)
			}
			set.log.TakeAll() // The captured kernel has no pressure of irq.

			if tt.text == "" {
				hosttest.Remove(t, root, tt.source)
			} else {
				hosttest.Write(t, root, tt.source, tt.text)
			}
			for i := range 3 {
				batch, err := s.scrape(context.Background())
				if i == 0 && tt.returned != "" {
					assert.True(t, scrapererror.IsPartialScrapeError(err))
					assert.ErrorContains(t, err, tt.returned)
				} else {
					assert.NoError(t, err)
				}
				points := pointsOf(t, batch)
				assert.NotContains(t, slices.Collect(maps.Keys(points)), tt.gone)
				for id := range whole { // The other scrapers have all their points.
					if scraperOf(id) != tt.scraper {
						assert.Contains(t, slices.Collect(maps.Keys(points)), id)
					}
				}
			}
			assert.Equal(t, int64(3), counted(t, set.tel, "otelcol_hostprobe_scraper_errors", tt.scraper, tt.class))

			hosttest.Replace(t, root, "captured-vm", "t1")
			assert.Len(t, scrapeAll(t, s), len(whole), "all sources recovered")
			var messages []string
			for _, entry := range set.log.TakeAll() {
				messages = append(messages, entry.Message)
				assert.Equal(t, tt.source, entry.ContextMap()["source"])
			}
			at := tt.scraper + ": " + tt.source
			if tt.returned == "" {
				assert.Equal(t, []string{at + " unavailable; dependent metrics are omitted", at + " recovered"}, messages)
			} else {
				assert.Equal(t, []string{at + " recovered"}, messages)
			}
		})
	}
}

// TestThroughController: the controller delivers the batches of a receiver with a broken source, and logs it once.
func TestThroughController(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	hosttest.Edit(t, root, "proc/meminfo", "Buffers:           10016 kB", "Buffers: ? kB")
	set := watch(t)
	cfg, err := loadEvery(t, time.Millisecond, "root_path: "+root)
	require.NoError(t, err)
	sink := new(consumertest.MetricsSink)
	r, err := NewFactory().CreateMetrics(context.Background(), set.Settings, cfg, sink)
	require.NoError(t, err)
	require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
	require.Eventually(t, func() bool { return len(sink.AllMetrics()) >= 10 }, 10*time.Second, time.Millisecond)
	require.NoError(t, r.Shutdown(context.Background()))

	for _, batch := range sink.AllMetrics() {
		points := pointsOf(t, batch)
		assert.Contains(t, points, "system.memory.usage[state:used]")
		assert.NotContains(t, points, "system.memory.usage[state:buffered]")
	}
	assert.Equal(t, 1, set.log.FilterLevelExact(zapcore.ErrorLevel).Len(), "one line, whatever the number of scrapes")
}

func TestPanicWhileRecording(t *testing.T) {
	set := watch(t)
	s := started(t, set.Settings, "root_path: "+hosttest.Unpack(t, "captured-vm", "t0"))
	batch, err := s.scrape(context.Background())
	require.NoError(t, err)
	s.snapshot.CPU.Online[1].Number = -1 // There is no name for it.
	s.health.begin(false)
	for range 2 {
		s.begin(batch)
		s.record(context.Background(), snapshot.DomainCPU, batch)
	}
	err = s.health.end(0)
	assert.True(t, scrapererror.IsPartialScrapeError(err))
	assert.ErrorContains(t, err, "cpu: record: panic: runtime error: index out of range [-1]")
	assert.ErrorContains(t, err, "points.go", "the stack says where")
	assert.Equal(t, int64(2), counted(t, set.tel, "otelcol_hostprobe_scraper_errors", "cpu", "panic"))
}

func TestTimeout(t *testing.T) {
	set := watch(t)
	s := started(t, set.Settings, "")
	ctx, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	batch, err := s.scrape(ctx)
	assert.ErrorContains(t, err, context.DeadlineExceeded.Error())
	assert.True(t, scrapererror.IsPartialScrapeError(err))
	assert.Zero(t, batch.DataPointCount())
	assert.Equal(t, int64(1), counted(t, set.tel, "otelcol_hostprobe_scraper_errors", "memory", "timeout"))
	assert.NotEmpty(t, scrapeAll(t, s))
}

// TestTimeoutSaysNothingOfSources: a source that was not read has neither recovered nor failed again.
func TestTimeoutSaysNothingOfSources(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	hosttest.Remove(t, root, "proc/loadavg")
	set := watch(t)
	s := started(t, set.Settings, "template: minimal\nroot_path: "+root)
	scrapeAll(t, s)
	past, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	_, err := s.scrape(past)
	require.Error(t, err)
	scrapeAll(t, s)
	assert.Equal(t, 1, set.log.FilterField(zap.String("source", "proc/loadavg")).Len())
	assert.Equal(t, 3, set.log.FilterMessageSnippet(" recovered").Len(), "of the three scrapers that were not read")
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// both is a receiver with metrics and logs.
type both struct {
	host        *hostScraper
	metricsSink consumertest.MetricsSink
	logsSink    consumertest.LogsSink
}

// startBoth starts a receiver with both signals, and shuts it down when the test ends.
func startBoth(t testing.TB, set receiver.Settings, text string) *both {
	t.Helper()
	cfg, err := load(t, "initial_delay: 0s\n"+text)
	require.NoError(t, err)
	return startBothOf(t, set, cfg)
}

// startBothOf is startBoth for a configuration that may have intervals too short for users.
func startBothOf(t testing.TB, set receiver.Settings, cfg *Config) *both {
	t.Helper()
	b := &both{}
	metrics, err := NewFactory().CreateMetrics(t.Context(), set, cfg, &b.metricsSink)
	require.NoError(t, err)
	logs, err := NewFactory().CreateLogs(t.Context(), set, cfg, &b.logsSink)
	require.NoError(t, err)
	b.host = logs.(*logsReceiver).host
	for _, r := range []receiver.Metrics{logs, metrics} {
		require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
		t.Cleanup(func() { assert.NoError(t, r.Shutdown(context.Background())) })
	}
	return b
}

// first waits for the first batch and the first document.
func (b *both) first(t testing.TB) (pmetric.Metrics, plog.Logs) {
	t.Helper()
	require.Eventually(t, func() bool {
		return len(b.metricsSink.AllMetrics()) > 0 && b.logsSink.LogRecordCount() > 0
	}, 10*time.Second, time.Millisecond)
	return b.metricsSink.AllMetrics()[0], b.logsSink.AllLogs()[0]
}

// documentOf is the body of the only record, which is as every record is.
func documentOf(t testing.TB, logs plog.Logs) plog.LogRecord {
	t.Helper()
	require.Equal(t, 1, logs.LogRecordCount())
	rl := logs.ResourceLogs().At(0)
	assert.Equal(t, "https://opentelemetry.io/schemas/1.9.0", rl.SchemaUrl())
	assert.Equal(t, metadata.ScopeName, rl.ScopeLogs().At(0).Scope().Name())
	record := rl.ScopeLogs().At(0).LogRecords().At(0)
	assert.Equal(t, "hostprobe.snapshot", record.EventName())
	assert.Equal(t, plog.SeverityNumberUnspecified, record.SeverityNumber())
	assert.Empty(t, record.SeverityText())
	assert.Equal(t, record.Timestamp(), record.ObservedTimestamp())
	return record
}

// at is what stands in a tree at a path, which has no lists.
func at(tree map[string]any, path string) any {
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		tree, _ = tree[name].(map[string]any)
	}
	return tree[names[len(names)-1]]
}

// list is the list of objects at a path, empty if there is none.
func list(tree map[string]any, path string) (objects []map[string]any) {
	items, _ := at(tree, path).([]any)
	for _, item := range items {
		objects = append(objects, item.(map[string]any))
	}
	return objects
}

func number(t testing.TB, tree map[string]any, path string) float64 {
	t.Helper()
	n, ok := at(tree, path).(json.Number)
	require.True(t, ok, "%s", path)
	f, err := n.Float64()
	require.NoError(t, err)
	return f
}

// TestOneSnapshot: the document has the time and the numbers of the batch of the same snapshot.
func TestOneSnapshot(t *testing.T) {
	schema := hosttest.Schema(t)
	const each = "\nmetrics: {system.linux.memory.available: {enabled: true}, system.memory.limit: {enabled: true}}"
	for name, text := range map[string]string{
		"this host":       "template: full",
		"standard":        "",
		"minimal":         "template: minimal",
		"a captured host": "template: full\nroot_path: " + hosttest.Unpack(t, "captured-vm", "t0"),
		"portable":        "template: full\nbackend: portable",
	} {
		t.Run(name, func(t *testing.T) {
			b := startBoth(t, receivertest.NewNopSettings(metadata.Type), "collection_interval: 1h\n"+text+each)
			batch, logs := b.first(t)
			record := documentOf(t, logs)
			hostOnly := pmetric.NewMetrics() // Processes are resources of their own, with points of the same names.
			batch.ResourceMetrics().At(0).CopyTo(hostOnly.ResourceMetrics().AppendEmpty())
			points := pointsOf(t, hostOnly)
			document := hosttest.Document(t, schema, record.Body().Str())
			value := func(id string) float64 {
				require.Contains(t, points, id)
				return points[id].value()
			}
			assert.Equal(t, batch.ResourceMetrics().At(0).Resource().Attributes().AsRaw(), logs.ResourceLogs().At(0).Resource().Attributes().AsRaw())
			assert.Equal(t, points["system.memory.usage[state:used]"].Timestamp(), record.Timestamp())
			assert.Equal(t, record.Timestamp().AsTime().Format("2006-01-02T15:04:05.000000000Z"), document["timestamp"])
			assert.InDelta(t, float64(record.Timestamp()/1000), number(t, document, "collected_at_us"), 0)
			for path, id := range map[string]string{
				"memory.used_bytes":      "system.memory.usage[state:used]",
				"memory.total_bytes":     "system.memory.limit[]",
				"memory.available_bytes": "system.linux.memory.available[]",
				"load.load_1min":         "system.cpu.load_average.1m[]",
				"load.load_15min":        "system.cpu.load_average.15m[]",
				"cpu.cores":              "system.cpu.logical.count[]",
			} {
				assert.InDelta(t, value(id), number(t, document, path), 0, path)
			}
			assert.Nil(t, at(document, "cpu.usage_percent"), "one snapshot tells no rate")
			if name == "minimal" {
				assert.NotContains(t, document, "disk")
				return
			}
			assert.InDelta(t, value("system.context_switches[]"), number(t, document, "context_switches.system_total"), 0)
			assert.InDelta(t, value("system.network.connections[protocol:tcp state:LISTEN]"), number(t, document, "connections.tcp_stats.listen"), 0)
			processes := 0.0
			for id, p := range points {
				if strings.HasPrefix(id, "system.processes.count[") {
					processes += p.value()
				}
			}
			assert.InDelta(t, processes, number(t, document, "process.process_count"), 0)
			assert.NotNil(t, at(document, "network.stats"))
			for _, one := range list(document, "network.stats") {
				for path, direction := range map[string]string{"bytes_recv": "receive", "bytes_sent": "transmit"} {
					assert.InDelta(t, value("system.network.io[device:"+one["interface"].(string)+" direction:"+direction+"]"), number(t, one, path), 0)
				}
			}
			for _, one := range list(document, "disk.io") {
				assert.InDelta(t, value("system.disk.io[device:"+one["device"].(string)+" direction:read]"), number(t, one, "read_bytes"), 0)
			}
			if name != "portable" && name != "a captured host" {
				assert.InDelta(t, value("system.pressure.linux.stall.time[system.pressure.resource:memory system.pressure.stall.type:some]"),
					number(t, document, "memory.pressure.some_total_us")/1e6, 1e-6)
				assert.NotEmpty(t, at(document, "disk.partitions"))
			}
		})
	}
}

// TestRates: the second document has rates; the first has none.
func TestRates(t *testing.T) {
	schema := hosttest.Schema(t)
	cfg, err := loadEvery(t, 50*time.Millisecond, "template: full")
	require.NoError(t, err)
	cfg.Snapshot.Interval = 100 * time.Millisecond
	b := startBothOf(t, receivertest.NewNopSettings(metadata.Type), cfg)
	require.Eventually(t, func() bool { return b.logsSink.LogRecordCount() >= 2 }, 20*time.Second, time.Millisecond)
	all := b.logsSink.AllLogs()
	var documents [2]map[string]any
	for i := range documents {
		documents[i] = hosttest.Document(t, schema, documentOf(t, all[i]).Body().Str())
		top := list(documents[i], "process.top_processes")
		first := top[0]
		assert.Equal(t, at(documents[i], "process.current_pid"), first["pid"], "the collector comes first")
		assert.LessOrEqual(t, len(top), 11)
		for _, path := range []string{"cpu_percent", "read_bytes_per_sec", "write_bytes_per_sec"} {
			assert.Equal(t, i == 1, first[path] != nil, "%s of document %d", path, i)
		}
		for _, path := range []string{"memory_rss_bytes", "memory_percent", "num_threads", "num_fds", "state"} {
			assert.NotNil(t, first[path], path)
		}
		assert.Equal(t, i == 1, at(documents[i], "cpu.usage_percent") != nil)
	}
	assert.Positive(t, number(t, documents[1], "context_switches.self.voluntary"))
	assert.NotEmpty(t, at(documents[1], "connections.unix_sockets"))
}

// TestMapBody: both formats have the same tree.
func TestMapBody(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	var trees [2]map[string]any
	for i, format := range []string{"json", "map"} {
		b := startBoth(t, receivertest.NewNopSettings(metadata.Type), "collection_interval: 1h\ntemplate: full\nsnapshot: {format: "+format+"}\nroot_path: "+root)
		_, logs := b.first(t)
		body := documentOf(t, logs).Body()
		if format == "json" {
			require.NoError(t, json.Unmarshal([]byte(body.Str()), &trees[i]))
		} else {
			text, err := json.Marshal(body.Map().AsRaw())
			require.NoError(t, err)
			hosttest.Document(t, hosttest.Schema(t), string(text))
			require.NoError(t, json.Unmarshal(text, &trees[i]))
		}
		for _, key := range []string{"timestamp", "collected_at_us"} {
			assert.NotNil(t, trees[i][key])
			delete(trees[i], key)
		}
		if switches, ok := trees[i]["context_switches"].(map[string]any); ok {
			delete(switches, "self") // This process goes on between the two.
		}
		delete(trees[i]["quota"].(map[string]any), "usage")
		delete(trees[i]["disk"].(map[string]any), "usage") // Below a root of files it is that of the disk that they lie on.
	}
	assert.Equal(t, trees[0], trees[1])
}

// TestLogsAlone: without metrics there is one record per interval.
func TestLogsAlone(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	hosttest.Remove(t, root, "proc/loadavg")
	cfg, err := load(t, "initial_delay: 0s\nsnapshot: {include: [load, memory, cpu], addresses: none}\nroot_path: "+root)
	require.NoError(t, err)
	cfg.Snapshot.Interval = 50 * time.Millisecond
	var sink consumertest.LogsSink
	set := watch(t)
	r, err := NewFactory().CreateLogs(t.Context(), set.Settings, cfg, &sink)
	require.NoError(t, err)
	require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
	require.Eventually(t, func() bool { return sink.LogRecordCount() >= 2 }, 10*time.Second, time.Millisecond)
	require.NoError(t, r.Shutdown(context.Background()))
	document := hosttest.Document(t, hosttest.Schema(t), documentOf(t, sink.AllLogs()[1]).Body().Str())
	assert.NotContains(t, document, "load", "a source that fails leaves its part out")
	assert.Contains(t, document, "memory")
	assert.Contains(t, document, "cpu")
	assert.NotContains(t, document, "disk", "it is not included")
	assert.Equal(t, "captured", document["hostname"])
	assert.GreaterOrEqual(t, counted(t, set.tel, "otelcol_hostprobe_scraper_errors", "load", "unavailable"), int64(2))
	_, err = set.tel.GetMetric("otelcol_hostprobe_scraper_points")
	assert.Error(t, err, "no points are recorded without a metrics pipeline")
}

// TestLogsAloneReadNoMore: a document is the same without metrics beside it, and nothing is read for metrics.
func TestLogsAloneReadNoMore(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	hosttest.Write(t, root, "etc/passwd", fmt.Sprintf("someone:x:%d:0::/:/bin/sh\n", os.Getuid()))
	var trees [2]map[string]any
	for i, signals := range []signal{metricsSignal | logsSignal, logsSignal} {
		cfg, err := load(t, "template: full\nmetrics: {system.network.conntrack.count: {enabled: true}}\nroot_path: "+root)
		require.NoError(t, err)
		s, err := sharedHost(receivertest.NewNopSettings(metadata.Type), cfg, signals)
		require.NoError(t, err)
		defer s.release(signals)
		require.NoError(t, s.start(t.Context(), componenttest.NewNopHost()))
		defer func() { assert.NoError(t, s.shutdown(context.Background())) }()
		nextDocument(t, s)
		require.NoError(t, json.Unmarshal([]byte(nextDocument(t, s)), &trees[i]))
		alone := signals == logsSignal
		assert.Equal(t, !alone, s.snapshot.ProcessList.List[0].Owner != "")
		assert.Equal(t, !alone, s.snapshot.Network.Conntrack.Known)
		assert.Equal(t, !alone, s.snapshot.Connections.Protocols.SegmentsSent.Known)
		assert.Equal(t, !alone, s.snapshot.System.Uptime.Known)
		delete(trees[i], "timestamp")
		delete(trees[i], "collected_at_us")
		delete(trees[i]["context_switches"].(map[string]any), "self") // This process goes on between the two.
		delete(trees[i]["quota"].(map[string]any), "usage")
		delete(trees[i]["disk"].(map[string]any), "usage") // It is that of the disk that the root lies on.
	}
	assert.Equal(t, trees[0], trees[1])
}

// TestEveryOtherScrape: only scrapes that make a document read the parts that documents alone need. They do so even if the scraper is not
// due, and emit its points.
func TestEveryOtherScrape(t *testing.T) {
	cfg, err := load(t, "collection_interval: 1s\nsnapshot: {interval: 2s}\n"+
		"scrapers: {cpu: {interval: 4s}, network: {interfaces: true, metrics: {hw.network.up: {enabled: false}}}, connections: {unix_sockets: true}}")
	require.NoError(t, err)
	s := startedHost(t, cfg, metricsSignal|logsSignal)
	d := &delivery{queue: make(chan delivered, 1)}
	s.documents.delivery.Store(d)
	for i := range 6 {
		batch, err := s.scrape(t.Context())
		require.NoError(t, err)
		_, hasCPU := pointsOf(t, batch)["system.cpu.logical.count[]"]
		assert.Equal(t, i%2 == 0, hasCPU, "scrape %d", i)
		assert.Equal(t, i%2 == 0, s.snapshot.Network.Interfaces[0].FlagsKnown, "scrape %d", i)
		assert.Equal(t, i%2 == 0, s.snapshot.Connections.Listed.Unix, "scrape %d", i)
		require.Len(t, d.queue, (i+1)%2)
		if i%2 == 0 {
			document := hosttest.Document(t, hosttest.Schema(t), documentOf(t, (<-d.queue).logs).Body().Str())
			assert.NotNil(t, at(document, "cpu.cores"), "scrape %d", i)
			assert.NotEmpty(t, list(document, "network.interfaces"))
			d.inFlight.Store(false)
		}
	}
}

// TestMissingForDocumentsIsToldOnce: a scrape without a document does not read the parts that documents alone need, and so does not report
// its recovery.
func TestMissingForDocumentsIsToldOnce(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	cpuinfo := filepath.Join(root, "proc", "cpuinfo") // Has the frequency, which no enabled metric needs.
	text, err := os.ReadFile(cpuinfo)
	require.NoError(t, err)
	require.NoError(t, os.Remove(cpuinfo))
	cfg, err := load(t, "collection_interval: 1s\nsnapshot: {interval: 2s}\nscrapers: {cpu: }\nroot_path: "+root)
	require.NoError(t, err)
	s := startedHost(t, cfg, metricsSignal|logsSignal)
	core, log := observer.New(zap.InfoLevel)
	s.health.logger = zap.New(core)
	d := &delivery{queue: make(chan delivered, 1)}
	s.documents.delivery.Store(d)
	scrapes := func(n int) {
		for range n {
			_, err := s.scrape(t.Context())
			require.NoError(t, err)
			for len(d.queue) > 0 {
				<-d.queue
				d.inFlight.Store(false)
			}
		}
	}

	scrapes(6)
	assert.Equal(t, 1, log.FilterMessageSnippet(" unavailable").Len())
	assert.Zero(t, log.FilterMessageSnippet(" recovered").Len())
	require.NoError(t, os.WriteFile(cpuinfo, text, 0o600))
	scrapes(2)
	assert.Equal(t, 1, log.FilterMessageSnippet(" recovered").Len())
	assert.Equal(t, 2, log.Len())
}

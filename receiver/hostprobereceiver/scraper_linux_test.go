// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/collector/scraper/scrapererror"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadatatest"
)

// capturedBoot is btime of the captured host.
const capturedBoot = 1795550491e9

// watched is the settings of a receiver whose log and telemetry a test reads.
type watched struct {
	receiver.Settings
	log *observer.ObservedLogs
	tel *componenttest.Telemetry
}

func watch(t testing.TB) watched {
	t.Helper()
	core, log := observer.New(zapcore.InfoLevel)
	tel := componenttest.NewTelemetry()
	t.Cleanup(func() { assert.NoError(t, tel.Shutdown(context.Background())) })
	set := receivertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	set.Logger = zap.New(core)
	set.BuildInfo.Version = "1.2.3"
	return watched{set, log, tel}
}

// started makes a scraper of the configuration and starts it.
func started(t testing.TB, set receiver.Settings, text string) *hostScraper {
	t.Helper()
	cfg, err := load(t, text)
	require.NoError(t, err)
	s, err := newHostScraper(set, cfg)
	require.NoError(t, err)
	s.signals = metricsSignal
	require.NoError(t, s.start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() { assert.NoError(t, s.shutdown(context.Background())) })
	return s
}

func scrapeAll(t testing.TB, s *hostScraper) map[string]point {
	t.Helper()
	batch, err := s.scrape(context.Background())
	require.NoError(t, err)
	return pointsOf(t, batch)
}

const everyMetric = `
metrics:
  system.cpu.frequency: {enabled: true}
  system.cpu.physical.count: {enabled: true}
  system.cpu.time: {attributes: [cpu, state]}
  system.cpu.utilization: {enabled: true}
  system.memory.utilization: {enabled: true}
  system.memory.page_size: {enabled: true}
  system.paging.utilization: {enabled: true}
  system.pressure.linux.stall.utilization: {enabled: true}
`

// TestOneTimestamp: every point of a batch carries the time of its snapshot, and the boot time as its start.
func TestOneTimestamp(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	for name, text := range map[string]string{
		"a captured host": everyMetric + "root_path: " + root,
		"portable":        everyMetric + "backend: portable\nroot_path: " + root,
		"this host":       everyMetric,
	} {
		t.Run(name, func(t *testing.T) {
			s := started(t, receivertest.NewNopSettings(metadata.Type), text)
			for range 2 {
				before := time.Now().UnixNano()
				points := scrapeAll(t, s)
				after := time.Now().UnixNano()
				require.NotEmpty(t, points)
				for id, p := range points {
					assert.Equal(t, s.snapshot.Time, int64(p.Timestamp()), id)
					if scraperOf(id) != "disk" || name != "this host" { // A disk may wake up or be added meanwhile.
						assert.Equal(t, s.snapshot.BootTime, int64(p.StartTimestamp()), id)
					}
					assert.LessOrEqual(t, before, int64(p.Timestamp()))
					assert.GreaterOrEqual(t, after, int64(p.Timestamp()))
					assert.LessOrEqual(t, s.snapshot.BootTime, int64(p.StartTimestamp()), id)
					if name != "this host" {
						assert.Equal(t, int64(capturedBoot), int64(p.StartTimestamp()))
					}
				}
			}
		})
	}
}

func TestResource(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	for name, tt := range map[string]struct {
		text string
		want map[string]any
	}{
		"default": {"", map[string]any{
			"host.name": "captured", "host.id": "0123456789abcdef0123456789abcdef", "os.type": "linux", "os.description": "Captured Linux 1 (first)",
		}},
		"other switches": {
			"resource_attributes: {host.name: {enabled: false}, host.id: {enabled: false}, os.version: {enabled: true}}",
			map[string]any{"os.type": "linux", "os.description": "Captured Linux 1 (first)", "os.version": "1"},
		},
		"cut": {
			"max_attribute_length: 5\nresource_attributes: {host.id: {enabled: false}, os.description: {enabled: false}}",
			map[string]any{"host.name": "captu", "os.type": "linux"},
		},
		"included":     {"resource_attributes: {host.name: {metrics_include: [{regexp: 'cap.*'}]}, host.id: {enabled: false}, os.description: {enabled: false}}", map[string]any{"host.name": "captured", "os.type": "linux"}},
		"not included": {"resource_attributes: {host.name: {metrics_include: [{strict: another}]}}", nil},
		"excluded":     {"resource_attributes: {os.type: {metrics_exclude: [{strict: linux}]}}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := started(t, watch(t).Settings, tt.text+"\ntemplate: standard\nscrapers: {quota: {enabled: false}}\nroot_path: "+root)
			batch, err := s.scrape(context.Background())
			require.NoError(t, err)
			if tt.want == nil {
				assert.Zero(t, batch.ResourceMetrics().Len())
				return
			}
			require.Equal(t, 1, batch.ResourceMetrics().Len())
			rm := batch.ResourceMetrics().At(0)
			assert.Equal(t, tt.want, rm.Resource().Attributes().AsRaw())
			assert.Equal(t, "https://opentelemetry.io/schemas/1.9.0", rm.SchemaUrl())
			assert.Equal(t, "1.2.3", rm.ScopeMetrics().At(0).Scope().Version())
		})
	}
}

// TestRootOfNoHost: where the host's root was not mounted nothing is an error, for a kernel without some file is none either, and
// yet a collector that says nothing of the host should not be silent about it.
func TestRootOfNoHost(t *testing.T) {
	empty := t.TempDir()
	hosttest.Write(t, empty, "etc/hostname", "nothing-else\n") // That there is no name is another line.
	for root, warnings := range map[string]int{empty: 1, hosttest.Unpack(t, "captured-vm", "t0"): 0, `""`: 0} {
		set := watch(t)
		s := started(t, set.Settings, "root_path: "+root)
		for range 2 {
			_, err := s.scrape(t.Context())
			require.NoError(t, err)
		}
		found := set.log.FilterLevelExact(zapcore.WarnLevel)
		require.Equal(t, warnings, found.Len(), root)
		if warnings > 0 {
			assert.Equal(t, root, found.All()[0].ContextMap()["root_path"])
		}
	}
}

// TestCPUOffline: a sum across CPUs never falls for a CPU that goes, or that counts anew when it is back, and a CPU that is
// offline has no series of its own. A reset of one that stayed is passed on.
func TestCPUOffline(t *testing.T) {
	const (
		both = "cpu0 1000 0 0 0 0 0 0 0\ncpu1 2000 0 0 0 0 0 0 0\nbtime 1767225600\n"
		one  = "cpu0 1100 0 0 0 0 0 0 0\nbtime 1767225600\n"
		back = "cpu0 1200 0 0 0 0 0 0 0\ncpu1 2050 0 0 0 0 0 0 0\nbtime 1767225600\n"
		anew = "cpu0 1200 0 0 0 0 0 0 0\ncpu1 10 0 0 0 0 0 0 0\nbtime 1767225600\n"
		fell = "cpu0 100 0 0 0 0 0 0 0\nbtime 1767225600\n"
	)
	root := t.TempDir()
	hosttest.Write(t, root, "etc/hostname", "cpus\n")
	hosttest.Write(t, root, "proc/stat", both)
	set := watch(t)
	folded := started(t, set.Settings, "scrapers: {cpu: {metrics: {system.cpu.utilization: {enabled: true}}}}\nroot_path: "+root)
	each := started(t, set.Settings, "scrapers: {cpu: {metrics: {system.cpu.time: {attributes: [cpu, state]}}}}\nroot_path: "+root)
	for _, tt := range []struct {
		stat       string
		cpus, user float64
	}{{both, 2, 30}, {one, 1, 31}, {back, 2, 32.5}, {one, 1, 32.5}, {anew, 2, 32.6}, {one, 1, 32.6}, {fell, 1, 21.6}} {
		hosttest.Write(t, root, "proc/stat", tt.stat)
		points := scrapeAll(t, folded)
		assert.InDelta(t, tt.user, points["system.cpu.time[state:user]"].value(), 1e-9)
		assert.InDelta(t, tt.cpus, points["system.cpu.logical.count[]"].value(), 0)
		_, offline := scrapeAll(t, each)["system.cpu.time[cpu:cpu1 state:user]"]
		assert.Equal(t, tt.cpus == 2, offline)
	}
	assert.Zero(t, set.log.Len())
}

// TestFaults: what is broken costs its own points, is counted at each scrape, told once, and told again when it is over.
func TestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		source, text   string // What the file says while it is broken; without a text it is away.
		scraper, class string
		gone           string // A point that is not there meanwhile.
		returned       string // The error that is returned once, "" for a state that is only logged.
	}{
		"malformed":  {"proc/meminfo", "MemTotal: 10 kB\nMemFree: x kB\n", "memory", "malformed", "system.memory.usage[state:free]", "memory: proc/meminfo: line 2 is malformed"},
		"missing":    {"proc/loadavg", "", "load", "unavailable", "system.cpu.load_average.1m[]", ""},
		"empty":      {"proc/meminfo", "Mapped: 1 kB\n", "memory", "unavailable", "system.memory.usage[state:used]", ""},
		"no swaps":   {"proc/swaps", "", "paging", "unavailable", "none", ""},
		"no uptime":  {"proc/uptime", "?\n", "system", "malformed", "system.uptime[]", "system: proc/uptime: line 1 is malformed"},
		"half of io": {"proc/pressure/io", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\nfull avg10=?\n", "pressure", "malformed", "system.pressure.linux.stall.time[system.pressure.resource:io system.pressure.stall.type:full]", "pressure: proc/pressure/io: line 2 is malformed"},
		"no number":  {"proc/loadavg", "high\n", "load", "malformed", "system.cpu.load_average.1m[]", "load: proc/loadavg: line 1 is malformed"},
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
			assert.Len(t, scrapeAll(t, s), len(whole), "all is well again")
			var told []string
			for _, entry := range set.log.TakeAll() {
				told = append(told, entry.Message)
				assert.Equal(t, tt.source, entry.ContextMap()["source"])
			}
			at := tt.scraper + ": " + tt.source
			if tt.returned == "" {
				assert.Equal(t, []string{at + " is not available; what only it can tell is left out", at + " is well again"}, told)
			} else {
				assert.Equal(t, []string{at + " is well again"}, told)
			}
		})
	}
}

// scraperOf is the scraper that a point's metric belongs to.
func scraperOf(id string) string {
	name, _, _ := strings.Cut(id, "[")
	for i := range scraperSpecs {
		for _, metric := range scraperSpecs[i].metrics {
			if metric == name {
				return scraperSpecs[i].domain.String()
			}
		}
	}
	return ""
}

// counted is the value of a counter of the receiver's own telemetry at the point that has all these attribute values.
func counted(t *testing.T, tel *componenttest.Telemetry, name string, values ...string) int64 {
	t.Helper()
	m, err := tel.GetMetric(name)
	require.NoError(t, err)
	for _, dp := range m.Data.(metricdata.Sum[int64]).DataPoints {
		var have []string
		for _, kv := range dp.Attributes.ToSlice() {
			have = append(have, kv.Value.AsString())
		}
		if assert.ObjectsAreEqual(slices.Sorted(slices.Values(values)), slices.Sorted(slices.Values(have))) {
			return dp.Value
		}
	}
	require.Fail(t, "no such point", "%s %v", name, values)
	return 0
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(entries)
}

// TestThroughController: the controller delivers the batches of a receiver with a broken source and logs it once.
func TestThroughController(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	hosttest.Edit(t, root, "proc/meminfo", "Buffers:           10016 kB", "Buffers: ? kB")
	set := watch(t)
	cfg, err := load(t, "collection_interval: 1ms\ninitial_delay: 0s\nroot_path: "+root)
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

// TestLetsGo: a batch that the pipeline is done with is garbage, and not held until the next scrape.
func TestLetsGo(t *testing.T) {
	const all = "scrapers: {cpu: , disk: , network: , process: , quota: }\nmetrics: {system.cpu.time: {attributes: [cpu, state]}}\nroot_path: "
	s := started(t, watch(t).Settings, all+hosttest.Unpack(t, "generated-many", "t0"))
	inUse := func() uint64 {
		var mem runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&mem)
		return mem.HeapAlloc
	}
	for range 2 { // The first makes what stays.
		batch, err := s.scrape(context.Background())
		require.NoError(t, err)
		points, held := uint64(batch.DataPointCount()), inUse()
		runtime.KeepAlive(batch)
		batch = pmetric.Metrics{}
		const ofPoint = 100 // Bytes, and less than half of what one takes.
		require.Greater(t, points, uint64(1000))
		assert.Less(t, inUse()+ofPoint*points, held)
	}
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

// TestTimeoutSaysNothingOfSources: a source that was not read is neither well again nor broken anew.
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
	assert.Equal(t, 3, set.log.FilterMessageSnippet(" is well again").Len(), "of the three scrapers that were not read")
}

// TestNothingToSay: a scrape that makes no point makes no resource either.
func TestNothingToSay(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/loadavg", "1.00 2.00 3.00 1/80 11206\n")
	hosttest.Write(t, root, "proc/stat", "btime 1767225600\n")
	set := watch(t)
	batch, err := started(t, set.Settings, "scrapers: {load: {cpu_average: true}}\nroot_path: "+root).scrape(context.Background())
	require.NoError(t, err)
	assert.Zero(t, batch.ResourceMetrics().Len(), "a load that is not divided would be taken for one that is")
	assert.Equal(t, 1, set.log.FilterField(zap.String("source", "proc/stat")).Len())
}

func TestIntervals(t *testing.T) {
	set := watch(t)
	s := started(t, set.Settings, "collection_interval: 10s\nscrapers: {cpu: {interval: 21s}, load: {interval: 3s}, memory: {}}")
	var turns []string
	for range 5 {
		var due []string
		points := scrapeAll(t, s)
		for scraper, id := range map[string]string{
			"cpu": "system.cpu.logical.count[]", "load": "system.cpu.load_average.1m[]", "memory": "system.memory.usage[state:free]",
		} {
			if _, ok := points[id]; ok {
				due = append(due, scraper[:1])
			}
		}
		slices.Sort(due)
		turns = append(turns, strings.Join(due, ""))
	}
	assert.Equal(t, []string{"clm", "lm", "clm", "lm", "clm"}, turns)
	assert.Equal(t, int64(3), counted(t, set.tel, "otelcol_hostprobe_scraper_points", "cpu")/9, "nine points at each of three turns")
}

func TestSeriesCut(t *testing.T) {
	set := watch(t)
	s := started(t, set.Settings, "max_series: 3\nroot_path: "+hosttest.Unpack(t, "captured-vm", "t0"))
	points := scrapeAll(t, s)
	assert.Contains(t, points, "system.cpu.time[otel.metric.overflow:true]")
	assert.Equal(t, int64(5*2), counted(t, set.tel, "otelcol_hostprobe_series_cut", "system.cpu.time"), "five states of two CPUs")
}

// TestConnections: zeros are points too, and what cannot be asked of the kernel is said to come from /proc/net.
func TestConnections(t *testing.T) {
	set := watch(t)
	points := scrapeAll(t, started(t, set.Settings, "scrapers: {connections: {udp_sockets: true, listening_ports: false, protocols: false}}\nroot_path: "+hosttest.Unpack(t, "captured-vm", "t1")))
	assert.Len(t, points, 11+2)
	for id, want := range map[string]float64{
		"system.network.connections[protocol:tcp state:LISTEN]":      1,
		"system.network.connections[protocol:tcp state:ESTABLISHED]": 2,
		"system.network.connections[protocol:tcp state:TIME_WAIT]":   2,
		"system.network.connections[protocol:tcp state:SYN_SENT]":    0,
		"system.network.connections[protocol:udp state:CLOSE]":       1,
	} {
		require.Contains(t, slices.Collect(maps.Keys(points)), id)
		assert.InDelta(t, want, points[id].value(), 0, id)
	}
	metadatatest.AssertEqualHostprobeSocketsFallback(t, set.tel, []metricdata.DataPoint[int64]{{Value: 1}}, metricdatatest.IgnoreTimestamp())

	live := watch(t)
	points = scrapeAll(t, started(t, live.Settings, "scrapers: {connections: {listening_ports: false, protocols: false, metrics: {system.network.connections: {attributes: [network.type]}}}}"))
	assert.Len(t, points, 2, "each version has one sum over all states")
	metadatatest.AssertEqualHostprobeSocketsFallback(t, live.tel, []metricdata.DataPoint[int64]{{Value: 0}}, metricdatatest.IgnoreTimestamp())
}

// TestSwapFilesOfOneName: two swap files that were removed under one name are one series.
func TestSwapFilesOfOneName(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	hosttest.Write(t, root, "proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n"+
		"/swap\\040(deleted) file 1000 10 -2\n/dev/dm-1 partition 100 7 -3\n/swap\\040(deleted) file 3000 30 -4\n")
	points := scrapeAll(t, started(t, watch(t).Settings, "scrapers: {paging: {metrics: {system.paging.utilization: {enabled: true}}}}\nroot_path: "+root))
	for id, want := range map[string]float64{
		`system.paging.usage[device:/swap (deleted) state:used]`:       40 << 10,
		`system.paging.usage[device:/swap (deleted) state:free]`:       3960 << 10,
		`system.paging.utilization[device:/swap (deleted) state:used]`: 0.01,
		`system.paging.usage[device:/dev/dm-1 state:used]`:             7 << 10,
	} {
		assert.InDelta(t, want, points[id].value(), 1e-9, id)
	}
}

// TestLifecycle: nothing is left of a receiver that was started and shut down, whatever the order.
func TestLifecycle(t *testing.T) {
	factory := NewFactory()
	before := descriptors(t)
	cfg, err := load(t, "collection_interval: 1ms\ninitial_delay: 0s\nmetrics: {system.cpu.physical.count: {enabled: true}, system.cpu.frequency: {enabled: true}}")
	require.NoError(t, err)
	for range 200 {
		r, err := factory.CreateMetrics(context.Background(), receivertest.NewNopSettings(metadata.Type), cfg, consumertest.NewNop())
		require.NoError(t, err)
		require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
		require.NoError(t, r.Shutdown(context.Background()))
	}
	for wait := 0; wait < 500 && descriptors(t) > before; wait++ { // What reads command lines ends a little later.
		time.Sleep(10 * time.Millisecond)
	}
	assert.Equal(t, before, descriptors(t))
}

func TestStartFails(t *testing.T) {
	cfg, err := load(t, "")
	require.NoError(t, err)
	cfg.RootPath = "/no/such/dir"
	s, err := newHostScraper(receivertest.NewNopSettings(metadata.Type), cfg)
	require.NoError(t, err)
	assert.Error(t, s.start(context.Background(), componenttest.NewNopHost()))
	assert.NoError(t, s.shutdown(context.Background()))
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
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
	return watched{Settings: set, log: log, tel: tel}
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

// TestOneTimestamp: every point of a batch has the time of its snapshot, and starts at the boot time.
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
		"default": {text: "", want: map[string]any{
			"host.name": "captured", "host.id": "0123456789abcdef0123456789abcdef", "os.type": "linux", "os.description": "Captured Linux 1 (first)",
		}},
		"other switches": {
			text: "resource_attributes: {host.name: {enabled: false}, host.id: {enabled: false}, os.version: {enabled: true}}",
			want: map[string]any{"os.type": "linux", "os.description": "Captured Linux 1 (first)", "os.version": "1"},
		},
		"cut": {
			text: "max_attribute_length: 5\nresource_attributes: {host.id: {enabled: false}, os.description: {enabled: false}}",
			want: map[string]any{"host.name": "captu", "os.type": "linux"},
		},
		"included":     {text: "resource_attributes: {host.name: {metrics_include: [{regexp: 'cap.*'}]}, host.id: {enabled: false}, os.description: {enabled: false}}", want: map[string]any{"host.name": "captured", "os.type": "linux"}},
		"not included": {text: "resource_attributes: {host.name: {metrics_include: [{strict: another}]}}", want: nil},
		"excluded":     {text: "resource_attributes: {os.type: {metrics_exclude: [{strict: linux}]}}", want: nil},
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

// TestRootOfNoHost: where the host is not mounted below root_path nothing fails, as on a kernel without some files, so there is
// one warning.
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

// TestCPUOffline: a sum across CPUs never falls when a CPU goes offline or its counters are reset, and an offline CPU has no
// series of its own. A reset of a CPU that stayed online is passed on.
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
	}{{stat: both, cpus: 2, user: 30}, {stat: one, cpus: 1, user: 31}, {stat: back, cpus: 2, user: 32.5}, {stat: one, cpus: 1, user: 32.5}, {stat: anew, cpus: 2, user: 32.6}, {stat: one, cpus: 1, user: 32.6}, {stat: fell, cpus: 1, user: 21.6}} {
		hosttest.Write(t, root, "proc/stat", tt.stat)
		points := scrapeAll(t, folded)
		assert.InDelta(t, tt.user, points["system.cpu.time[state:user]"].value(), 1e-9)
		assert.InDelta(t, tt.cpus, points["system.cpu.logical.count[]"].value(), 0)
		_, offline := scrapeAll(t, each)["system.cpu.time[cpu:cpu1 state:user]"]
		assert.Equal(t, tt.cpus == 2, offline)
	}
	assert.Zero(t, set.log.Len())
}

// scraperOf is the scraper that a point's metric belongs to.
func scraperOf(id string) string {
	name, _, _ := strings.Cut(id, "[")
	for d := range snapshot.NumDomains {
		if slices.Contains(scrapers[d].metrics, name) {
			return d.String()
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

// TestLetsGo: a batch that the pipeline has consumed is garbage, and not referenced until the next scrape.
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

// TestNothingToSay: a scrape without points makes no resource.
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
	var scrapes []string
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
		scrapes = append(scrapes, strings.Join(due, ""))
	}
	assert.Equal(t, []string{"clm", "lm", "clm", "lm", "clm"}, scrapes)
	assert.Equal(t, int64(3), counted(t, set.tel, "otelcol_hostprobe_scraper_points", "cpu")/9, "nine points at each of three scrapes")
}

func TestSeriesCut(t *testing.T) {
	set := watch(t)
	s := started(t, set.Settings, "max_series: 3\nroot_path: "+hosttest.Unpack(t, "captured-vm", "t0"))
	points := scrapeAll(t, s)
	assert.Contains(t, points, "system.cpu.time[otel.metric.overflow:true]")
	assert.Equal(t, int64(5*2), counted(t, set.tel, "otelcol_hostprobe_series_cut", "system.cpu.time"), "five states of two CPUs")
}

// TestConnections: zeros are points too, and counts from /proc/net are reported as the fallback.
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

// TestSwapFilesOfOneName: two removed swap files of the same name are one series.
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

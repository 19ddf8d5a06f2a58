// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/filter"

	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// load decodes and validates what stands under host_probe:, as the Collector does.
func load(t testing.TB, text string) (*Config, error) {
	t.Helper()
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(text))
	require.NoError(t, err)
	conf, err := retrieved.AsConf()
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	if err = conf.Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

func enabledScrapers(cfg *Config) (names []string) {
	for d := range snapshot.NumDomains {
		if isEnabled(cfg, d) {
			names = append(names, d.String())
		}
	}
	return names
}

func TestConfigShapes(t *testing.T) {
	minimal := []string{"cpu", "memory", "load"}
	all := []string{"cpu", "memory", "load", "paging", "disk", "system", "pressure", "network", "connections", "filesystem", "processes", "quota"}
	full := append(slices.Insert(slices.Insert(slices.Clone(all), 5, "nfs"), 12, "process"), "container", "runtime", "thermal")
	for name, tt := range map[string]struct {
		text     string
		scrapers []string
		check    func(*testing.T, *Config)
	}{
		"nothing": {"", all, func(t *testing.T, cfg *Config) {
			assert.Equal(t, createDefaultConfig(), cfg)
			assert.Equal(t, time.Minute, cfg.ControllerConfig.CollectionInterval)
			assert.Equal(t, 20_000, cfg.MaxSeries)
		}},
		"null":        {"template:\nscrapers:\nmetrics:\nroot_path:\n", all, nil},
		"no scrapers": {"scrapers: {}", all, nil},
		"minimal":     {"template: minimal", minimal, nil},
		"full": {"template: full", full, func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Metrics.SystemPressureLinuxStallUtilization.Enabled)
			assert.True(t, cfg.Scrapers.Connections.TCPStats && cfg.Scrapers.Connections.UDPSockets && cfg.Scrapers.Connections.UnixSockets)
		}},
		"standard": {"template: standard", all, func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Scrapers.System.Activity)
			assert.False(t, cfg.Metrics.SystemPressureLinuxStallUtilization.Enabled)
			assert.True(t, cfg.Scrapers.Connections.TCPStats)
			assert.False(t, cfg.Scrapers.Connections.UDPSockets || cfg.Scrapers.Connections.UnixSockets)
		}},
		"a template's metric taken away": {"template: full\nscrapers: {nfs: {enabled: false}, process: {enabled: false}, container: {enabled: false}, runtime: {enabled: false}, thermal: {enabled: false}}\nmetrics: {system.pressure.linux.stall.utilization: {enabled: false}}", all, func(t *testing.T, cfg *Config) {
			assert.False(t, cfg.Metrics.SystemPressureLinuxStallUtilization.Enabled)
		}},
		"parts of custom": {"scrapers: {system: {}, pressure: {io: false}}", []string{"system", "pressure"}, func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Scrapers.System.Uptime)
			assert.False(t, cfg.Scrapers.System.Activity, "host_metrics has no more than the uptime")
			assert.Equal(t, PressureConfig{ScraperConfig: ScraperConfig{Enabled: true}, CPU: true, Memory: true, IRQ: true}, cfg.Scrapers.Pressure)
		}},
		"parts of a template": {"template: standard\nscrapers: {system: {uptime: false}}", all, func(t *testing.T, cfg *Config) {
			assert.False(t, cfg.Scrapers.System.Uptime)
			assert.True(t, cfg.Scrapers.System.Activity)
		}},
		"a part switched on": {"scrapers: {system: {activity: true}}", []string{"system"}, func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Scrapers.System.Activity)
		}},
		"named scrapers":          {"scrapers: {cpu: {}, load: {}}", []string{"cpu", "load"}, nil},
		"a scraper without value": {"scrapers:\n  cpu:\n", []string{"cpu"}, nil},
		"a null option": {"scrapers: {load: {cpu_average: null, metrics: null}}", []string{"load"}, func(t *testing.T, cfg *Config) {
			assert.False(t, cfg.Scrapers.Load.CPUAverage)
		}},
		"scrapers without metrics": {"scrapers: {container: {metrics: {}, interval: 5m}, runtime: }", []string{"container", "runtime"}, func(t *testing.T, cfg *Config) {
			assert.Equal(t, 5*time.Minute, cfg.Scrapers.Container.ScraperConfig.Interval)
			domains := metricsDomains(cfg)
			assert.Equal(t, snapshot.Domains(1<<snapshot.DomainContainer|1<<snapshot.DomainRuntime), domains)
		}},
		"one taken away": {"template: standard\nscrapers: {cpu: {enabled: false}}", all[1:], nil},
		"one added":      {"template: custom\nscrapers: {cpu: {}}", []string{"cpu"}, nil},
		"enabled, said":  {"scrapers: {cpu: {enabled: true}, load: {enabled: false}}", []string{"cpu"}, nil},
		"template as is": {"template: minimal\nscrapers: {load: {cpu_average: true}}", minimal, func(t *testing.T, cfg *Config) { assert.True(t, cfg.Scrapers.Load.CPUAverage) }},
		"interval": {"scrapers: {cpu: {interval: 5m}}", []string{"cpu"}, func(t *testing.T, cfg *Config) {
			assert.Equal(t, 5*time.Minute, cfg.Scrapers.CPU.ScraperConfig.Interval)
		}},
		"controller keys": {"collection_interval: 10s\ninitial_delay: 0s\ntimeout: 5s", all, func(t *testing.T, cfg *Config) { assert.Equal(t, 5*time.Second, cfg.ControllerConfig.Timeout) }},
		"every other key": {
			"backend: portable\ncall_timeout: 2s\nmax_series: 5\nmax_attribute_length: 64\nmetadata_collection_interval: 1m\n" +
				"pools: {tcp: {capacity: 512, limit: 2048}, json: {capacity: 1024}}\n" +
				"snapshot: {format: map, interval: 30s, include: [cpu, load], addresses: none}", all,
			func(t *testing.T, cfg *Config) {
				assert.Equal(t, probe.BackendPortable, cfg.Backend)
				assert.Equal(t, PoolConfig{Capacity: 512, Limit: 2048}, cfg.Pools.TCP)
				assert.Equal(t, PoolConfig{Capacity: 1024, Limit: 1 << 20}, cfg.Pools.JSON)
				assert.Equal(t, PoolConfig{Capacity: 64, Limit: 1024}, cfg.Pools.UDP)
				assert.Equal(t, SnapshotConfig{Format: SnapshotMap, Interval: 30 * time.Second, Include: []string{"cpu", "load"}, Addresses: AddressNone}, cfg.Snapshot)
			},
		},
		"metric on, globally": {"metrics: {system.cpu.utilization: {enabled: true}}", all, func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Metrics.SystemCPUUtilization.Enabled)
			assert.Equal(t, "avg", cfg.Metrics.SystemCPUUtilization.AggregationStrategy, "other fields stay")
		}},
		"metric on, at its scraper": {"scrapers: {cpu: {metrics: {system.cpu.utilization: {enabled: true}}}}", []string{"cpu"}, func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Metrics.SystemCPUUtilization.Enabled)
		}},
		"opt_in attribute": {"scrapers: {cpu: {metrics: {system.cpu.time: {attributes: [cpu, state]}}}}", []string{"cpu"}, func(t *testing.T, cfg *Config) {
			assert.Len(t, cfg.Metrics.SystemCPUTime.EnabledAttributes, 2)
			assert.True(t, cfg.Metrics.SystemCPUTime.Enabled)
		}},
		"no attributes": {"metrics: {system.cpu.time: {attributes: []}}", all, func(t *testing.T, cfg *Config) {
			assert.Empty(t, cfg.Metrics.SystemCPUTime.EnabledAttributes)
		}},
		"a null attribute list": {"metrics: {system.cpu.time: {attributes: null}}", all, func(t *testing.T, cfg *Config) {
			assert.Len(t, cfg.Metrics.SystemCPUTime.EnabledAttributes, 1, "says nothing")
		}},
		"layers, field by field": {
			"metrics: {system.cpu.time: {enabled: false, aggregation_strategy: max}}\n" +
				"scrapers: {cpu: {metrics: {system.cpu.time: {enabled: true}}}}",
			[]string{"cpu"},
			func(t *testing.T, cfg *Config) {
				assert.True(t, cfg.Metrics.SystemCPUTime.Enabled, "the scraper's word is the later one")
				assert.Equal(t, "max", cfg.Metrics.SystemCPUTime.AggregationStrategy, "what it does not say stays")
			},
		},
		"a list replaces a list": {
			"resource_attributes: {host.name: {metrics_include: [{strict: a}, {strict: b}]}}\n" +
				"scrapers: {cpu: {resource_attributes: {host.name: {metrics_include: [{regexp: c}]}}}}",
			[]string{"cpu"},
			func(t *testing.T, cfg *Config) {
				assert.Equal(t, []filter.Config{{Regex: "c"}}, cfg.ResourceAttributes.HostName.MetricsInclude)
			},
		},
		"a metric of two scrapers": {
			"scrapers: {network: {metrics: {system.network.connections: {enabled: true}}}, connections: {metrics: {system.network.connections: {enabled: false}}}}",
			[]string{"network", "connections"},
			func(t *testing.T, cfg *Config) {
				assert.True(t, cfg.Metrics.SystemNetworkConnections.Enabled, "the last name wins")
			},
		},
		"a scraper that is off says nothing": {
			"template: standard\nscrapers: {cpu: {enabled: false, metrics: {system.cpu.time: {enabled: false}}}}",
			all[1:],
			func(t *testing.T, cfg *Config) { assert.True(t, cfg.Metrics.SystemCPUTime.Enabled) },
		},
		"interfaces": {
			"scrapers: {network: {include: {interfaces: [eth0, lo], match_type: strict}, exclude: {match_type: regexp, interfaces: ['^l'], regexp: {cacheenabled: true, cachemaxnumentries: 5}}}}",
			[]string{"network"},
			func(t *testing.T, cfg *Config) {
				keep, err := cfg.Scrapers.Network.filter()
				require.NoError(t, err)
				assert.True(t, keep("eth0"))
				assert.False(t, keep("eth00"))
				assert.False(t, keep("lo"))
				assert.True(t, cfg.Scrapers.Network.Stats)
				assert.False(t, cfg.Scrapers.Network.Softnet)
			},
		},
		"all interfaces": {"scrapers: {network: {include: {interfaces: []}, exclude: {match_type: strict}}}", []string{"network"}, func(t *testing.T, cfg *Config) {
			keep, err := cfg.Scrapers.Network.filter()
			require.NoError(t, err)
			assert.Nil(t, keep)
		}},
		"resource attributes": {
			"resource_attributes: {host.arch: {enabled: true}, host.name: {metrics_include: [{strict: a}]}}\n" +
				"scrapers: {cpu: {resource_attributes: {host.id: {enabled: false}}}, load: {resource_attributes: {host.id: {enabled: false}}}}",
			[]string{"cpu", "load"},
			func(t *testing.T, cfg *Config) {
				assert.True(t, cfg.ResourceAttributes.HostArch.Enabled)
				assert.Len(t, cfg.ResourceAttributes.HostName.MetricsInclude, 1)
				assert.False(t, cfg.ResourceAttributes.HostID.Enabled)
			},
		},
		// As users of host_metrics write it.
		"host_metrics, the smallest":  {"collection_interval: 30s\nscrapers:\n  cpu:\n  memory:\n", []string{"cpu", "memory"}, nil},
		"host_metrics with root_path": {"root_path: /proc\nscrapers: {memory: {}}", []string{"memory"}, func(t *testing.T, cfg *Config) { assert.Equal(t, "/proc", cfg.RootPath) }},
		"host_metrics with options": {
			"metadata_collection_interval: 5m\nscrapers:\n  load:\n    cpu_average: true\n  cpu:\n    metrics:\n      system.cpu.logical.count:\n        enabled: false\n",
			[]string{"cpu", "load"},
			func(t *testing.T, cfg *Config) { assert.False(t, cfg.Metrics.SystemCPULogicalCount.Enabled) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := load(t, tt.text)
			require.NoError(t, err)
			assert.Equal(t, tt.scrapers, enabledScrapers(cfg))
			if tt.check != nil {
				tt.check(t, cfg)
			}
			assertSame(t, cfg)
		})
	}
}

// assertSame: what comes out of the layers is a configuration that says the same without them.
func assertSame(t *testing.T, cfg *Config) {
	t.Helper()
	conf := confmap.New()
	require.NoError(t, conf.Marshal(cfg))
	again := createDefaultConfig().(*Config)
	require.NoError(t, conf.Unmarshal(again))
	assert.Equal(t, enabledScrapers(cfg), enabledScrapers(again))
	assert.Equal(t, enabledMetrics(cfg), enabledMetrics(again))
	assert.Equal(t, cfg.Scrapers, again.Scrapers)
	assert.Equal(t, cfg.ControllerConfig, again.ControllerConfig)
}

func TestConfigErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"unknown key":                     {"colection_interval: 1s", []string{`unknown key "colection_interval"; valid: backend, call_timeout, collection_interval, `}},
		"unknown template":                {"template: big", []string{`template: unknown value "big"; valid: custom, full, minimal, standard`}},
		"template is no name":             {"template: [full]", []string{"template: expected a name"}},
		"unknown scraper":                 {"scrapers: {cpu: {}, disks: {}}", []string{`scrapers: unknown key "disks"; valid: connections, container, cpu, disk, filesystem, load, memory, network, nfs, paging, pressure, process, processes, quota, runtime, system, thermal`}},
		"scrapers as a list":              {"scrapers: [cpu]", []string{"scrapers: expected keys and values, got [cpu]"}},
		"a scraper as a value":            {"scrapers: {cpu: true}", []string{"scrapers::cpu: expected keys and values, got true"}},
		"unknown option":                  {"scrapers: {load: {cpu_avg: true}}", []string{`scrapers::load: unknown key "cpu_avg"; valid: cpu_average, enabled, interval, metrics, resource_attributes`}},
		"option of another":               {"scrapers: {cpu: {cpu_average: true}}", []string{`scrapers::cpu: unknown key "cpu_average"; valid: enabled, interval`}},
		"unknown metric":                  {"metrics: {system.cpu.tiem: {}}", []string{`metrics: unknown key "system.cpu.tiem"; closest: system.cpu.time, `}},
		"unknown part":                    {"scrapers: {pressure: {disk: true}}", []string{`scrapers::pressure: unknown key "disk"; valid: cpu, enabled, interval, io, irq, memory, metrics, `}},
		"a part as a map":                 {"scrapers: {system: {uptime: {}}}", []string{"scrapers", "system", "uptime", "bool"}},
		"metric of another":               {"scrapers: {cpu: {metrics: {system.memory.usage: {}}}}", []string{`scrapers::cpu::metrics: unknown key "system.memory.usage"; valid: system.cpu.frequency, `}},
		"metric of one that is off":       {"scrapers: {cpu: {}, load: {enabled: false, metrics: {system.cpu.load_average.1min: {}}}}", []string{`scrapers::load::metrics: unknown key "system.cpu.load_average.1min"; valid: system.cpu.load_average.15m, `}},
		"resource of one that is off":     {"scrapers: {cpu: {}, load: {enabled: false, resource_attributes: {host.nam: {}}}}", []string{`scrapers::load::resource_attributes: unknown key "host.nam"; closest: host.name, `}},
		"a pool that nothing holds":       {"pools: {tcp: {capacity: 2000000000, limit: 2000000000}}", []string{"pools::tcp::capacity: 2000000000 is more than 16777216"}},
		"metric where there is none":      {"scrapers: {runtime: {metrics: {system.cpu.time: {}}}}", []string{`scrapers::runtime::metrics: unknown key "system.cpu.time"; there is none to name here`}},
		"unknown field":                   {"metrics: {system.cpu.time: {enable: true}}", []string{`metrics::system.cpu.time: unknown key "enable"; valid: aggregation_strategy, attributes, enabled`}},
		"unknown attribute":               {"scrapers: {cpu: {metrics: {system.cpu.time: {attributes: [core]}}}}", []string{"scrapers::cpu::metrics", "system.cpu.time", "core", "valid attributes: [cpu, state]"}},
		"unknown strategy":                {"metrics: {system.cpu.time: {aggregation_strategy: median}}", []string{"metrics", `invalid aggregation strategy "median", valid strategies: [sum, avg, min, max]`}},
		"wrong type":                      {"metrics: {system.cpu.time: {enabled: often}}", []string{"metrics", "system.cpu.time", "enabled"}},
		"unknown resource":                {"resource_attributes: {host.nam: {}}", []string{`resource_attributes: unknown key "host.nam"; closest: host.name, host.id, host.arch`}},
		"resource field":                  {"resource_attributes: {host.name: {on: true}}", []string{`resource_attributes::host.name: unknown key "on"; valid: enabled, metrics_exclude, metrics_include`}},
		"two say different":               {"scrapers: {cpu: {resource_attributes: {host.id: {enabled: false}}}, load: {resource_attributes: {host.id: {enabled: true}}}}", []string{"::resource_attributes::host.id::enabled", "scrapers::cpu", "scrapers::load"}},
		"interfaces without a match type": {"scrapers: {network: {include: {interfaces: [lo]}}}", []string{`scrapers::network::include::match_type: unknown value ""; valid: regexp, strict`}},
		"interfaces by no expression":     {"scrapers: {network: {exclude: {match_type: regexp, interfaces: ['(']}}}", []string{"scrapers::network::exclude::interfaces: error parsing regexp"}},
		"filter of another":               {"scrapers: {network: {include: {match_type: strict, devices: [lo]}}}", []string{`scrapers::network::include: unknown key "devices"; valid: interfaces, match_type, regexp`}},
		"unknown backend":                 {"backend: ebpf", []string{`backend: unknown value "ebpf"; valid: auto, native, portable`}},
		"unknown pool":                    {"pools: {raw: {}}", []string{`pools: unknown key "raw"; valid: json, listeners, tcp, udp, unix`}},
		"unknown pool key":                {"pools: {tcp: {size: 1}}", []string{`pools::tcp: unknown key "size"; valid: capacity, limit`}},
		"pool limit":                      {"pools: {tcp: {capacity: 5000}}", []string{"pools::tcp::limit: 1024 is less than 5000"}},
		"unknown format":                  {"snapshot: {format: xml}", []string{`snapshot::format: unknown value "xml"; valid: json, map`}},
		"unknown section":                 {"snapshot: {include: [gpu]}", []string{`snapshot::include: unknown value "gpu"; valid: connections, container, cpu, disk, filesystem, load, memory, network, pressure, process, processes, quota, runtime, system, thermal`}},
		"addresses":                       {"snapshot: {addresses: some}", []string{`snapshot::addresses: unknown value "some"; valid: full, none, prefix`}},
		"root_path relative":              {"root_path: hostfs", []string{`root_path: "hostfs" is not an absolute path`}},
		"root_path missing":               {"root_path: /no/such/dir", []string{"root_path: ", "no such file or directory"}},
		"root_path a file":                {"root_path: " + file, []string{"root_path: ", "is not a directory"}},
		"nothing left":                    {"template: custom", []string{"scrapers: nothing is left to collect; valid scrapers: connections, container, cpu, disk, filesystem, load, memory, network, nfs, paging, pressure, process, processes, quota, runtime, system, thermal"}},
		"nothing left of three":           {"scrapers: {cpu: {enabled: false}}", []string{"nothing is left to collect"}},
		"max_series":                      {"max_series: 0", []string{"max_series: 0 is less than 1"}},
		"negative interval":               {"scrapers: {cpu: {interval: -1s}}", []string{"scrapers::cpu::interval: -1s is less than 0s"}},
		"collection_interval":             {"collection_interval: 0s", []string{"collection_interval"}},
		"unknown match type":              {"scrapers: {disk: {include: {devices: [a], match_type: glob}}}", []string{`scrapers::disk::include::match_type: unknown value "glob"; valid: regexp, strict`}},
		"no match type":                   {"scrapers: {disk: {exclude: {devices: [a]}}}", []string{`scrapers::disk::exclude::match_type: unknown value ""; valid: regexp, strict`}},
		"no regular expression":           {"scrapers: {disk: {exclude: {devices: [a, '['], match_type: regexp}}}", []string{"scrapers::disk::exclude::devices: error parsing regexp: missing closing ]: `[`"}},
		"names of another scraper":        {"scrapers: {disk: {include: {interfaces: [a]}}}", []string{`scrapers::disk::include: unknown key "interfaces"; valid: devices, match_type, regexp`}},
		"unknown key of a cache":          {"scrapers: {disk: {include: {regexp: {size: 1}}}}", []string{`scrapers::disk::include::regexp: unknown key "size"; valid: cacheenabled, cachemaxnumentries`}},
		"both filters are told":           {"scrapers: {disk: {include: {devices: [a]}, exclude: {devices: [b]}}}", []string{"disk::include::match_type", "disk::exclude::match_type"}},
		"two errors, both are told":       {"backend: x\nmax_series: -1", []string{"backend", "max_series"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(file, nil, 0o600))
			_, err := load(t, tt.text)
			for _, want := range tt.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestDefaultConfigIsStandard(t *testing.T) {
	require.NoError(t, componenttest.CheckConfigStruct(createDefaultConfig()))
	assert.NoError(t, confmap.Validate(createDefaultConfig()))
}

// TestScrapers checks that the table is complete: each metric belongs to a scraper, each domain has a row whose options have
// its name, and what it names elsewhere exists.
func TestScrapers(t *testing.T) {
	known := keysOf(reflect.TypeFor[metadata.MetricsConfig]())
	var metrics []string
	cfg := &ScrapersConfig{}
	for d := range snapshot.NumDomains {
		spec := &scrapers[d]
		metrics = append(metrics, spec.metrics...)
		assert.Contains(t, templates, spec.template, d)
		for metric := range spec.enables {
			assert.Contains(t, spec.metrics, metric, d)
		}
		options := reflect.ValueOf(cfg).Elem()
		for i := range options.NumField() {
			if options.Type().Field(i).Tag.Get("mapstructure") == d.String() {
				assert.Same(t, options.Field(i).FieldByName("ScraperConfig").Addr().Interface(), spec.config(cfg), d)
			}
		}
		for part := range spec.parts {
			assert.Equal(t, reflect.Bool, fieldType(fieldType(options.Type(), d.String()), part).Kind(), "%s::%s", d, part)
		}
	}
	// The TCP states are contrib's network metric, and ours of the connections scraper.
	assert.ElementsMatch(t, append(known, "system.network.connections"), metrics)
	assert.Equal(t, keysOf(reflect.TypeFor[ScrapersConfig]()), scraperNames())
}

// TestNoUnkeyedLiterals checks that the exported structs of the configuration have an unexported field. checkapi does so only
// in the root folder of a module.
func TestNoUnkeyedLiterals(t *testing.T) {
	checked := map[reflect.Type]bool{}
	var check func(reflect.Type)
	check = func(s reflect.Type) {
		if s.Kind() != reflect.Struct || s.PkgPath() != reflect.TypeFor[Config]().PkgPath() || checked[s] {
			return
		}
		checked[s] = true
		blank, ok := s.FieldByName("_")
		assert.True(t, ok && blank.Type == reflect.TypeFor[struct{}](), s)
		for i := range s.NumField() {
			check(s.Field(i).Type)
		}
	}
	check(reflect.TypeFor[Config]())
	assert.Greater(t, len(checked), 20)
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"usage", "uasge", 2}, {"kitten", "sitting", 3}, {"a", "b", 1}} {
		assert.Equal(t, tt.want, distance(tt.a, tt.b))
		assert.Equal(t, tt.want, distance(tt.b, tt.a))
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/filter"

	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// load decodes and validates the text below host_probe:, as the Collector does.
func load(t testing.TB, text string) (*Config, error) {
	t.Helper()
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(text))
	require.NoError(t, err)
	conf, err := retrieved.AsConf()
	require.NoError(t, err)
	return decode(conf)
}

// loadEvery loads a configuration whose first scrape is at once and whose others follow at an interval that may be shorter than
// Validate accepts.
func loadEvery(t testing.TB, interval time.Duration, text string) (*Config, error) {
	t.Helper()
	cfg, err := load(t, text)
	if err == nil {
		cfg.ControllerConfig.InitialDelay, cfg.ControllerConfig.CollectionInterval = 0, interval
	}
	return cfg, err
}

// loadEntry decodes and validates host_probe/name of a file in testdata, or host_probe if the name is empty.
func loadEntry(t testing.TB, file, name string) (*Config, error) {
	t.Helper()
	all, err := confmaptest.LoadConf(filepath.Join("testdata", file))
	require.NoError(t, err)
	id := component.NewIDWithName(metadata.Type, name).String()
	require.True(t, all.IsSet(id), "%s has no entry %s", file, id)
	conf, err := all.Sub(id)
	require.NoError(t, err)
	return decode(conf)
}

func decode(conf *confmap.Conf) (*Config, error) {
	cfg := createDefaultConfig().(*Config)
	if err := conf.Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

// assertErrors asserts that each entry of testdata/config_errors.yaml is refused with errors that contain the texts.
func assertErrors(t *testing.T, entries map[string][]string) {
	t.Helper()
	for name, texts := range entries {
		t.Run(name, func(t *testing.T) {
			_, err := loadEntry(t, "config_errors.yaml", name)
			for _, text := range texts {
				assert.ErrorContains(t, err, text)
			}
		})
	}
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
	standard := []string{"cpu", "memory", "load", "paging", "disk", "system", "pressure", "network", "connections", "filesystem", "processes", "quota"}
	full := append(slices.Insert(slices.Insert(slices.Clone(standard), 5, "nfs"), 12, "process"), "container", "runtime", "thermal")
	for name, tt := range map[string]struct {
		scrapers []string
		check    func(*testing.T, *Config)
	}{
		"": {scrapers: standard, check: func(t *testing.T, cfg *Config) {
			assert.Equal(t, createDefaultConfig(), cfg)
			assert.Equal(t, time.Minute, cfg.ControllerConfig.CollectionInterval)
			assert.Equal(t, 20_000, cfg.MaxSeries)
		}},
		"null_keys":      {scrapers: standard},
		"empty_scrapers": {scrapers: standard},
		"minimal":        {scrapers: minimal},
		"full": {scrapers: full, check: func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Metrics.SystemPressureLinuxStallUtilization.Enabled)
			assert.True(t, cfg.Scrapers.Connections.TCPStats && cfg.Scrapers.Connections.UDPSockets && cfg.Scrapers.Connections.UnixSockets)
		}},
		"standard": {scrapers: standard, check: func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Scrapers.System.Activity)
			assert.False(t, cfg.Metrics.SystemPressureLinuxStallUtilization.Enabled)
			assert.True(t, cfg.Scrapers.Connections.TCPStats)
			assert.False(t, cfg.Scrapers.Connections.UDPSockets || cfg.Scrapers.Connections.UnixSockets)
		}},
		"template_metric_disabled": {scrapers: standard, check: func(t *testing.T, cfg *Config) {
			assert.False(t, cfg.Metrics.SystemPressureLinuxStallUtilization.Enabled)
		}},
		"parts_of_custom": {scrapers: []string{"system", "pressure"}, check: func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Scrapers.System.Uptime)
			assert.False(t, cfg.Scrapers.System.Activity, "host_metrics has the uptime alone")
			assert.Equal(t, PressureConfig{ScraperConfig: ScraperConfig{Enabled: true}, CPU: true, Memory: true, IRQ: true}, cfg.Scrapers.Pressure)
		}},
		"parts_of_a_template": {scrapers: standard, check: func(t *testing.T, cfg *Config) {
			assert.False(t, cfg.Scrapers.System.Uptime)
			assert.True(t, cfg.Scrapers.System.Activity)
		}},
		"part_enabled": {scrapers: []string{"system"}, check: func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Scrapers.System.Activity)
		}},
		"named_scrapers": {scrapers: []string{"cpu", "load"}},
		"null_scraper":   {scrapers: []string{"cpu"}},
		"null_option": {scrapers: []string{"load"}, check: func(t *testing.T, cfg *Config) {
			assert.False(t, cfg.Scrapers.Load.CPUAverage)
		}},
		"scrapers_without_metrics": {scrapers: []string{"container", "runtime"}, check: func(t *testing.T, cfg *Config) {
			assert.Equal(t, 5*time.Minute, cfg.Scrapers.Container.ScraperConfig.Interval)
			assert.Equal(t, snapshot.Domains(1<<snapshot.DomainContainer|1<<snapshot.DomainRuntime), metricsDomains(cfg))
		}},
		"scraper_disabled": {scrapers: standard[1:]},
		"custom_template":  {scrapers: []string{"cpu"}},
		"explicit_enabled": {scrapers: []string{"cpu"}},
		"template_option": {scrapers: minimal, check: func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Scrapers.Load.CPUAverage)
		}},
		"scraper_interval": {scrapers: []string{"cpu"}, check: func(t *testing.T, cfg *Config) {
			assert.Equal(t, 5*time.Minute, cfg.Scrapers.CPU.ScraperConfig.Interval)
		}},
		"controller_keys": {scrapers: standard, check: func(t *testing.T, cfg *Config) {
			assert.Equal(t, 5*time.Second, cfg.ControllerConfig.Timeout)
		}},
		"every_other_key": {scrapers: standard, check: func(t *testing.T, cfg *Config) {
			assert.Equal(t, probe.BackendPortable, cfg.Backend)
			assert.Equal(t, PoolConfig{Capacity: 512, Limit: 2048}, cfg.Pools.TCP)
			assert.Equal(t, PoolConfig{Capacity: 1024, Limit: 1 << 20}, cfg.Pools.JSON)
			assert.Equal(t, PoolConfig{Capacity: 64, Limit: 1024}, cfg.Pools.UDP)
			assert.Equal(t, SnapshotConfig{Format: SnapshotMap, Interval: 30 * time.Second, Include: []string{"cpu", "load"}, Addresses: AddressNone}, cfg.Snapshot)
		}},
		"metric_enabled": {scrapers: standard, check: func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Metrics.SystemCPUUtilization.Enabled)
			assert.Equal(t, "avg", cfg.Metrics.SystemCPUUtilization.AggregationStrategy, "other fields stay")
		}},
		"metric_enabled_at_scraper": {scrapers: []string{"cpu"}, check: func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Metrics.SystemCPUUtilization.Enabled)
		}},
		"opt_in_attribute": {scrapers: []string{"cpu"}, check: func(t *testing.T, cfg *Config) {
			assert.Len(t, cfg.Metrics.SystemCPUTime.EnabledAttributes, 2)
			assert.True(t, cfg.Metrics.SystemCPUTime.Enabled)
		}},
		"empty_attributes": {scrapers: standard, check: func(t *testing.T, cfg *Config) {
			assert.Empty(t, cfg.Metrics.SystemCPUTime.EnabledAttributes)
		}},
		"null_attributes": {scrapers: standard, check: func(t *testing.T, cfg *Config) {
			assert.Len(t, cfg.Metrics.SystemCPUTime.EnabledAttributes, 1, "a null leaves the list as it is")
		}},
		"layers_field_by_field": {scrapers: []string{"cpu"}, check: func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Metrics.SystemCPUTime.Enabled, "set by the scraper, the later layer")
			assert.Equal(t, "max", cfg.Metrics.SystemCPUTime.AggregationStrategy, "not set by it")
		}},
		"list_replaced": {scrapers: []string{"cpu"}, check: func(t *testing.T, cfg *Config) {
			assert.Equal(t, []filter.Config{{Regex: "c"}}, cfg.ResourceAttributes.HostName.MetricsInclude)
		}},
		"metric_of_two_scrapers": {scrapers: []string{"network", "connections"}, check: func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Metrics.SystemNetworkConnections.Enabled, "the last name wins")
		}},
		"disabled_scraper_with_metrics": {scrapers: standard[1:], check: func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.Metrics.SystemCPUTime.Enabled)
		}},
		"network_filter": {scrapers: []string{"network"}, check: func(t *testing.T, cfg *Config) {
			keep, err := cfg.Scrapers.Network.filter()
			require.NoError(t, err)
			assert.True(t, keep("eth0"))
			assert.False(t, keep("eth00"))
			assert.False(t, keep("lo"))
			assert.True(t, cfg.Scrapers.Network.Stats)
			assert.False(t, cfg.Scrapers.Network.Softnet)
		}},
		"network_no_filter": {scrapers: []string{"network"}, check: func(t *testing.T, cfg *Config) {
			keep, err := cfg.Scrapers.Network.filter()
			require.NoError(t, err)
			assert.Nil(t, keep)
		}},
		"resource_attributes": {scrapers: []string{"cpu", "load"}, check: func(t *testing.T, cfg *Config) {
			assert.True(t, cfg.ResourceAttributes.HostArch.Enabled)
			assert.Len(t, cfg.ResourceAttributes.HostName.MetricsInclude, 1)
			assert.False(t, cfg.ResourceAttributes.HostID.Enabled)
		}},
		"metric_of_one_of_two_scrapers":      {scrapers: []string{"network", "connections"}},
		"metric_enabled_of_disabled_scraper": {scrapers: []string{"cpu"}},
		"part_of_template_disabled": {scrapers: slices.DeleteFunc(slices.Clone(full), func(name string) bool {
			return name == "pressure" || name == "nfs"
		})},
		"strict_name_beside_a_regexp": {scrapers: []string{"disk"}},
		"host_metrics_smallest":       {scrapers: []string{"cpu", "memory"}},
		"host_metrics_with_root_path": {scrapers: []string{"memory"}, check: func(t *testing.T, cfg *Config) {
			assert.Equal(t, "/proc", cfg.RootPath)
		}},
		"host_metrics_with_options": {scrapers: []string{"cpu", "load"}, check: func(t *testing.T, cfg *Config) {
			assert.False(t, cfg.Metrics.SystemCPULogicalCount.Enabled)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := loadEntry(t, "config.yaml", name)
			require.NoError(t, err)
			assert.Equal(t, tt.scrapers, enabledScrapers(cfg))
			if tt.check != nil {
				tt.check(t, cfg)
			}
			assertSame(t, cfg)
		})
	}
}

// assertSame asserts that the result of the layers, written out, is a configuration that has the same result.
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
	assertErrors(t, map[string][]string{
		"all_scrapers_disabled":  {"no scraper is enabled"},
		"conflicting_attributes": {"::resource_attributes::host.id::enabled", "scrapers::cpu", "scrapers::load"},
		"disk_bad_regexp":        {"scrapers::disk::exclude::devices[1]: `sd\\d[`: error parsing regexp: missing closing ]: `[`"},
		"disk_bad_regexps": {
			"scrapers::disk::include::devices[0]: `*`: error parsing regexp: missing argument to repetition operator: ",
			"scrapers::disk::include::devices[2]: `(`: error parsing regexp: missing closing )",
		},
		"resource_bad_regexp": {
			"scrapers::process::resource_attributes::process.executable.name::metrics_include[1]::regexp: `^[a`: error parsing regexp",
			"resource_attributes::host.name::metrics_exclude[0]::regexp: `)`: error parsing regexp",
		},
		"disk_included_and_excluded": {
			`scrapers::disk::exclude::devices[0]: "sdb" is also in scrapers::disk::include::devices[1] and would be excluded; remove one of the two`,
			`scrapers::disk::exclude::devices[2]: "sda" is also in scrapers::disk::include::devices[0] and would be excluded; remove one of the two`,
		},
		"network_included_and_excluded": {`scrapers::network::exclude::interfaces[0]: "lo" is also in scrapers::network::include::interfaces[0] and would be excluded; remove one of the two`},
		"process_included_and_excluded": {`scrapers::process::exclude::names[0]: "sh" is also in scrapers::process::include::names[0] and would be excluded; remove one of the two`},
		"thermal_included_and_excluded": {`scrapers::thermal::exclude::chips[0]: "nvme" is also in scrapers::thermal::include::chips[0] and would be excluded; remove one of the two`},
		"filesystem_included_and_excluded": {
			`scrapers::filesystem::exclude_devices::devices[0]: "/dev/sda1" is also in scrapers::filesystem::include_devices::devices[0] and would be excluded; remove one of the two`,
			`scrapers::filesystem::exclude_fs_types::fs_types[0]: "ext4" is also in scrapers::filesystem::include_fs_types::fs_types[0] and would be excluded; remove one of the two`,
			`scrapers::filesystem::exclude_mount_points::mount_points[0]: "/" is also in scrapers::filesystem::include_mount_points::mount_points[0] and would be excluded; remove one of the two`,
		},
		"disk_no_match_type":      {`scrapers::disk::exclude::match_type: unknown value ""; valid: regexp, strict`},
		"disk_unknown_cache_key":  {`scrapers::disk::include::regexp: unknown key "size"; valid: cacheenabled, cachemaxnumentries`},
		"disk_unknown_filter_key": {`scrapers::disk::include: unknown key "interfaces"; valid: devices, match_type, regexp`},
		"disk_unknown_match_type": {`scrapers::disk::include::match_type: unknown value "glob"; valid: regexp, strict`},
		"metric_of_other_scraper": {`scrapers::cpu::metrics: unknown key "system.memory.usage"; it is a metric and belongs below scrapers::memory::metrics`},
		"metric_of_two_other_scrapers": {
			`scrapers::cpu::metrics: unknown key "system.network.connections"; ` +
				`it is a metric and belongs below scrapers::connections::metrics or scrapers::network::metrics`,
		},
		"metric_beside_scrapers":                {`unknown key "system.cpu.time"; it is a metric and belongs below metrics`},
		"metric_without_metrics":                {`scrapers::cpu: unknown key "system.cpu.time"; it is a metric and belongs below scrapers::cpu::metrics`},
		"attribute_beside_scrapers":             {`unknown key "host.name"; it is a resource attribute and belongs below resource_attributes`},
		"receiver_key_in_scrapers":              {`scrapers: unknown key "collection_interval"; it is a key of the receiver and belongs beside scrapers`},
		"receiver_key_in_scraper":               {`scrapers::cpu: unknown key "root_path"; it is a key of the receiver and belongs beside scrapers`},
		"scrapers_on_one_level":                 {`unknown key "cpu"; it is a scraper and belongs below scrapers`, `unknown key "memory"; it is a scraper and belongs below scrapers`},
		"scrapers_forgotten":                    {`unknown key "cpu"; it is a scraper and belongs below scrapers`, `unknown key "load"; it is a scraper and belongs below scrapers`},
		"scraper_in_scraper":                    {`scrapers::cpu: unknown key "memory"; it is a scraper and belongs below scrapers`},
		"null_unknown_key":                      {`unknown key "colection_interval"; valid: `},
		"null_unknown_scraper":                  {`scrapers: unknown key "disks"; valid: `},
		"null_unknown_option":                   {`scrapers::cpu: unknown key "foo"; valid: enabled, interval, metrics, resource_attributes`},
		"null_unknown_of_disabled":              {`scrapers::cpu: unknown key "foo"; valid: enabled`},
		"null_unknown_filter_key":               {`scrapers::disk::include::regexp: unknown key "size"; valid: cacheenabled, cachemaxnumentries`},
		"null_unknown_metric":                   {`metrics: unknown key "system.cpu.tiem"; closest: system.cpu.time, `},
		"null_unknown_metric_field":             {`scrapers::cpu::metrics::system.cpu.time: unknown key "enable"; valid: aggregation_strategy, attributes, enabled`},
		"null_unknown_resource":                 {`resource_attributes: unknown key "host.nam"; closest: host.name, `},
		"null_unknown_in_a_list":                {"metrics_include", "strct"},
		"null_unknown_pool_key":                 {`pools::tcp: unknown key "size"; valid: capacity, limit`},
		"metric_of_scraper_without_metrics":     {`scrapers::runtime::metrics: unknown key "system.cpu.time"; it is a metric and belongs below scrapers::cpu::metrics`},
		"negative_interval":                     {"scrapers::cpu::interval: -1s is less than 0s"},
		"network_bad_regexp":                    {"scrapers::network::exclude::interfaces[0]: `(`: error parsing regexp: missing closing )"},
		"network_no_match_type":                 {`scrapers::network::include::match_type: unknown value ""; valid: regexp, strict`},
		"network_unknown_filter_key":            {`scrapers::network::include: unknown key "devices"; valid: interfaces, match_type, regexp`},
		"nothing_left":                          {"scrapers: no scraper is enabled; valid scrapers: connections, container, cpu, disk, filesystem, load, memory, network, nfs, paging, pressure, process, processes, quota, runtime, system, thermal"},
		"option_of_other_scraper":               {`scrapers::cpu: unknown key "cpu_average"; valid: enabled, interval`},
		"part_not_a_bool":                       {"scrapers", "system", "uptime", "bool"},
		"pool_limit_below_capacity":             {"pools::tcp::limit: 1024 is less than 5000"},
		"pool_too_large":                        {"pools::tcp::capacity: 2000000000 is more than 16777216"},
		"root_path_a_file":                      {"root_path: ", "is not a directory"},
		"root_path_missing":                     {"root_path: ", "no such file or directory"},
		"root_path_relative":                    {`root_path: "hostfs" is not an absolute path`},
		"scraper_not_a_map":                     {"scrapers::cpu: expected keys and values, got true"},
		"scrapers_not_a_map":                    {"scrapers: expected keys and values, got [cpu]"},
		"template_not_a_name":                   {"template: expected a name"},
		"two_errors":                            {"backend", "max_series"},
		"two_filters":                           {"disk::include::match_type", "disk::exclude::match_type"},
		"unknown_addresses":                     {`snapshot::addresses: unknown value "some"; valid: full, none, prefix`},
		"unknown_attribute":                     {"scrapers::cpu::metrics", "system.cpu.time", "core", "valid attributes: [cpu, state]"},
		"unknown_attribute_of_disabled_scraper": {`scrapers::load::resource_attributes: unknown key "host.nam"; closest: host.name, `},
		"unknown_backend":                       {`backend: unknown value "ebpf"; valid: auto, native, portable`},
		"unknown_field":                         {`metrics::system.cpu.time: unknown key "enable"; valid: aggregation_strategy, attributes, enabled`},
		"unknown_format":                        {`snapshot::format: unknown value "xml"; valid: json, map`},
		"unknown_key":                           {`unknown key "colection_interval"; valid: backend, call_timeout, collection_interval, `},
		"unknown_metric":                        {`metrics: unknown key "system.cpu.tiem"; closest: system.cpu.time, `},
		"unknown_metric_of_disabled_scraper":    {`scrapers::load::metrics: unknown key "system.cpu.load_average.1min"; valid: system.cpu.load_average.15m, `},
		"unknown_option":                        {`scrapers::load: unknown key "cpu_avg"; valid: cpu_average, enabled, interval, metrics, resource_attributes`},
		"unknown_part":                          {`scrapers::pressure: unknown key "disk"; valid: cpu, enabled, interval, io, irq, memory, metrics, `},
		"unknown_pool":                          {`pools: unknown key "raw"; valid: json, listeners, tcp, udp, unix`},
		"unknown_pool_key":                      {`pools::tcp: unknown key "size"; valid: capacity, limit`},
		"unknown_resource":                      {`resource_attributes: unknown key "host.nam"; closest: host.name, host.id, host.arch`},
		"unknown_resource_field":                {`resource_attributes::host.name: unknown key "on"; valid: enabled, metrics_exclude, metrics_include`},
		"unknown_scraper":                       {`scrapers: unknown key "disks"; valid: connections, container, cpu, disk, filesystem, load, memory, network, nfs, paging, pressure, process, processes, quota, runtime, system, thermal`},
		"unknown_section":                       {`snapshot::include: unknown value "gpu"; valid: connections, container, cpu, disk, filesystem, load, memory, network, pressure, process, processes, quota, runtime, system, thermal`},
		"unknown_strategy":                      {"metrics", `invalid aggregation strategy "median", valid strategies: [sum, avg, min, max]`},
		"unknown_template":                      {`template: unknown value "big"; valid: custom, full, minimal, standard`},
		"wrong_type":                            {"metrics", "system.cpu.time", "enabled"},
		"collection_interval_without_unit": {
			"collection_interval: 10ns is less than 100ms; a number without a unit is in nanoseconds: write a unit, such as 10s",
		},
		"zero_collection_interval":      {"collection_interval: 0s is less than 100ms"},
		"collection_interval_too_short": {"collection_interval: 99.999ms is less than 100ms"},
		"collection_interval_in_thousands": {
			"collection_interval: 60µs is less than 100ms; a number without a unit is in nanoseconds: write a unit, such as 10s",
		},
		"call_timeout_without_unit": {"call_timeout: 2ns is less than 1ms; a number without a unit is in nanoseconds: write a unit, such as 2s"},
		"negative_initial_delay":    {"initial_delay: -1s is less than 0s"},
		"zero_max_series":           {"max_series: 0 is less than 1"},
	})
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
		for key, part := range spec.parts {
			assert.Equal(t, reflect.Bool, fieldType(fieldType(options.Type(), d.String()), key).Kind(), "%s::%s", d, key)
			assert.Subset(t, spec.metrics, part.metrics, "%s::%s", d, key)
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
	}{{a: "", b: "", want: 0}, {a: "abc", b: "", want: 3}, {a: "usage", b: "uasge", want: 2}, {a: "kitten", b: "sitting", want: 3}, {a: "a", b: "b", want: 1}} {
		assert.Equal(t, tt.want, distance(tt.a, tt.b))
		assert.Equal(t, tt.want, distance(tt.b, tt.a))
	}
}

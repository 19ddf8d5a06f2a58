// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
)

// environment is what a configuration can name as ${env:NAME}.
type environment map[string]string

func (e environment) Retrieve(_ context.Context, uri string, _ confmap.WatcherFunc) (*confmap.Retrieved, error) {
	return confmap.NewRetrievedFromYAML([]byte(e[uri]))
}

func (e environment) Scheme() string { return "env" }

func (e environment) Shutdown(context.Context) error { return nil }

// loadWith is load where parts of the text stand in the environment.
func loadWith(t *testing.T, text string, e environment) (*Config, error) {
	t.Helper()
	e["env:configuration"] = text
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs: []string{"env:configuration"}, DefaultScheme: "env",
		ProviderFactories: []confmap.ProviderFactory{
			confmap.NewProviderFactory(func(confmap.ProviderSettings) confmap.Provider { return e }),
		},
	})
	require.NoError(t, err)
	conf, err := resolver.Resolve(t.Context())
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	if err = conf.Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

// TestEnvironment: a name from the environment stays a name, even if it looks like a number or a boolean.
func TestEnvironment(t *testing.T) {
	cfg, err := loadWith(t, `
template: ${env:TEMPLATE}
root_path: ${env:UNSET}
collection_interval: ${env:UNSET}
max_series: ${env:SERIES}
metrics: {system.cpu.utilization: {enabled: "${env:ON}"}}
scrapers:
  cpu: ${env:UNSET}
  load: {enabled: "${env:OFF}"}
  memory: ${env:MEMORY}
  disk: {include: {match_type: strict, devices: ["${env:DISK}", sda]}}
  process: {include: {match_type: strict, names: ["${env:ON}"]}, mask_command_line: "${env:OFF}"}
  network: {exclude: {match_type: "${env:MATCH}", interfaces: ["${env:DISK}"]}, metrics: {system.network.io: {enabled: "${env:OFF}"}}}
`, environment{
		"env:TEMPLATE": "minimal", "env:SERIES": "50", "env:ON": "true", "env:OFF": "false", "env:DISK": "0123",
		"env:MATCH": "strict", "env:MEMORY": "{interval: 5m}",
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"cpu", "memory", "disk", "network", "process"}, enabledScrapers(cfg))
	assert.Equal(t, []string{"0123", "sda"}, cfg.Scrapers.Disk.Include.Devices)
	assert.Equal(t, []string{"true"}, cfg.Scrapers.Process.Include.Names)
	assert.False(t, cfg.Scrapers.Process.MaskCommandLine)
	assert.Equal(t, []string{"0123"}, cfg.Scrapers.Network.Exclude.Interfaces)
	assert.Equal(t, 5*time.Minute, cfg.Scrapers.Memory.ScraperConfig.Interval)
	assert.Equal(t, 50, cfg.MaxSeries)
	assert.Equal(t, time.Minute, cfg.ControllerConfig.CollectionInterval)
	assert.Empty(t, cfg.RootPath)
	assert.True(t, cfg.Metrics.SystemCPUUtilization.Enabled)
	assert.False(t, cfg.Metrics.SystemNetworkIo.Enabled)
}

// TestEnvironmentInLayers checks values below metrics and resource_attributes, and variables that hold maps, with nulls and
// variables of their own.
func TestEnvironmentInLayers(t *testing.T) {
	cfg, err := loadWith(t, `
metrics: {system.memory.usage: {attributes: ["${env:STATE}"], aggregation_strategy: "${env:UNSET}"}}
resource_attributes: {host.name: {metrics_include: [{strict: "${env:NUMBER}"}]}}
pools: {tcp: "${env:UNSET}"}
scrapers:
  cpu: ${env:CPU}
  memory: {resource_attributes: {host.id: {metrics_exclude: [{strict: "${env:NUMBER}"}]}}}
  load: ${env:OFF}
  disk: ${env:DISK}
`, environment{
		"env:STATE": "state", "env:NUMBER": "0123", "env:OFF": "{enabled: false}", "env:DISK": "{enabled: , include: }",
		"env:CPU":  "{interval: 5m, metrics: {system.cpu.time: '${env:TIME}'}, resource_attributes: {os.type: {enabled: false}}}",
		"env:TIME": "{enabled: false, attributes: '${env:UNSET}'}",
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"cpu", "memory", "disk"}, enabledScrapers(cfg))
	assert.Equal(t, 5*time.Minute, cfg.Scrapers.CPU.ScraperConfig.Interval)
	assert.Equal(t, "0123", cfg.ResourceAttributes.HostName.MetricsInclude[0].Strict)
	assert.Equal(t, "0123", cfg.ResourceAttributes.HostID.MetricsExclude[0].Strict)
	assert.False(t, cfg.ResourceAttributes.OsType.Enabled)
	assert.False(t, cfg.Metrics.SystemCPUTime.Enabled)
	assert.Len(t, cfg.Metrics.SystemCPUTime.EnabledAttributes, 1)
	assert.Equal(t, "sum", cfg.Metrics.SystemMemoryUsage.AggregationStrategy)
	assert.Equal(t, baseConfig().Pools, cfg.Pools)
}

// TestUnknownKeysInVariables checks that keys are checked in the maps that variables hold, and where variables are not set.
func TestUnknownKeysInVariables(t *testing.T) {
	_, err := loadWith(t, `
foo: ${env:UNSET}
scrapers: ${env:SCRAPERS}
`, environment{"env:SCRAPERS": "{cpu: '${env:CPU}', load: '${env:UNSET}', disks: '${env:UNSET}'}", "env:CPU": "{bar: , metrics: {baz: }}"})
	for _, text := range []string{
		`unknown key "foo"`, `scrapers: unknown key "disks"`, `scrapers::cpu: unknown key "bar"`, `scrapers::cpu::metrics: unknown key "baz"`,
	} {
		assert.ErrorContains(t, err, text)
	}
	assert.NotContains(t, err.Error(), `"load"`)
}

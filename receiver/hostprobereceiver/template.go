// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/scraper/scraperhelper"

	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// Template names the scrapers and options that a configuration starts from.
type Template string

// The templates. Each of the first three has what the one before it has.
const (
	TemplateMinimal  Template = "minimal"
	TemplateStandard Template = "standard"
	TemplateFull     Template = "full"
	// TemplateCustom has only the scrapers that are named.
	TemplateCustom Template = "custom"
)

var templates = []Template{TemplateMinimal, TemplateStandard, TemplateFull, TemplateCustom}

// scraperSpec is what the configuration has to know of a scraper.
type scraperSpec struct {
	domain snapshot.Domain
	// from is the smallest template that has it.
	from Template
	// metrics are those that may be configured under the scraper, and that make it worth reading.
	metrics []string
}

var scraperSpecs = []scraperSpec{
	{domain: snapshot.DomainCPU, from: TemplateMinimal, metrics: []string{
		"system.cpu.frequency",
		"system.cpu.logical.count",
		"system.cpu.physical.count",
		"system.cpu.time",
		"system.cpu.utilization",
	}},
	{domain: snapshot.DomainLoad, from: TemplateMinimal, metrics: []string{
		"system.cpu.load_average.15m",
		"system.cpu.load_average.1m",
		"system.cpu.load_average.5m",
	}},
	{domain: snapshot.DomainMemory, from: TemplateMinimal, metrics: []string{
		"system.linux.memory.available",
		"system.linux.memory.dirty",
		"system.memory.limit",
		"system.memory.linux.hugepages.limit",
		"system.memory.linux.hugepages.page_size",
		"system.memory.linux.hugepages.reserved",
		"system.memory.linux.hugepages.surplus",
		"system.memory.linux.hugepages.usage",
		"system.memory.linux.hugepages.utilization",
		"system.memory.linux.shared",
		"system.memory.page_size",
		"system.memory.usage",
		"system.memory.utilization",
	}},
}

func scraperNames() []string {
	names := make([]string, len(scraperSpecs))
	for i := range scraperSpecs {
		names[i] = scraperSpecs[i].domain.String()
	}
	return names
}

// has reports whether the template has the scraper.
func (t Template) has(s *scraperSpec) bool {
	return t != TemplateCustom && slices.Index(templates, s.from) <= slices.Index(templates, t)
}

// bareConfig has the default of every key, and no scraper.
func bareConfig() *Config {
	connections := PoolConfig{Capacity: 64, Limit: 1024}
	return &Config{
		ControllerConfig:           scraperhelper.NewDefaultControllerConfig(),
		Template:                   TemplateStandard,
		Backend:                    probe.BackendAuto,
		CallTimeout:                time.Second,
		MaxSeries:                  20_000,
		MaxAttributeLength:         1024,
		MetadataCollectionInterval: 5 * time.Minute,
		Pools: PoolsConfig{
			TCP:       PoolConfig{Capacity: 256, Limit: 1024},
			UDP:       connections,
			Unix:      connections,
			Listeners: connections,
			JSON:      PoolConfig{Capacity: 16 << 10, Limit: 1 << 20},
		},
		Snapshot:           SnapshotConfig{Format: "json", Interval: time.Minute, Addresses: "full"},
		Metrics:            metadata.DefaultMetricsConfig(),
		ResourceAttributes: metadata.DefaultResourceAttributesConfig(),
	}
}

// createDefaultConfig is what `host_probe:` alone means: the standard template.
func createDefaultConfig() component.Config {
	cfg := bareConfig()
	for i := range scraperSpecs {
		spec := &scraperSpecs[i]
		cfg.Scrapers.of(spec.domain).Enabled = cfg.Template.has(spec)
	}
	return cfg
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"slices"
	"time"

	"go.opentelemetry.io/collector/scraper/scraperhelper"

	"github.com/superviz-io/hostprobe/internal/probe"
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

// has reports whether the template has what the template from is the smallest to have.
func (t Template) has(from Template) bool {
	return t.size() >= from.size()
}

// size orders the templates. The one without anything is the smallest.
func (t Template) size() int {
	return slices.Index([]Template{TemplateCustom, TemplateMinimal, TemplateStandard, TemplateFull}, t)
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
		Scrapers: ScrapersConfig{
			Connections: ConnectionsConfig{MaxConnections: 1024, MaxOwners: 100},
			Process:     ProcessConfig{MaskCommandLine: true, Top: TopConfig{By: probe.TopByCPU}},
		},
		Snapshot:           SnapshotConfig{Format: "json", Interval: time.Minute, Addresses: "full"},
		Metrics:            metadata.DefaultMetricsConfig(),
		ResourceAttributes: metadata.DefaultResourceAttributesConfig(),
	}
}

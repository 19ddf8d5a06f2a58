// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"reflect"
	"slices"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// scraperSpec ties a domain of the snapshot to its configuration, its metrics and its section of the document. Everything that a
// row names is in the scraper's own file.
type scraperSpec struct {
	// template is the smallest template that includes the scraper.
	template Template
	// parts has the parts by their keys.
	parts map[string]partSpec
	// metrics can be configured below the scraper, and one of them must be enabled for it to read anything. A scraper
	// without metrics describes the resource of others and is read whenever it is enabled.
	metrics []string
	// enables maps metrics that are off by default to the smallest template that enables them.
	enables map[string]Template
	// full has the options that the template full sets.
	full tree
	// utilization are the shares of 1 among the metrics: off by default, enabled by the template full, and enabled or disabled by
	// the key utilization.
	utilization []string
	// config selects the options that all scrapers have.
	config func(*ScrapersConfig) *ScraperConfig
	// validate checks the scraper's own options; nil if it has none to check.
	validate func(*ScrapersConfig) error
	// want selects what the enabled metrics need; nil if the domain is always read as a whole.
	want func(*Config, *snapshot.Want)
	// document selects what the scraper's section of the document needs beyond that; nil if it has no section.
	document func(*Config, *snapshot.Want)
	// rates selects what the section computes rates from, read at every scrape while documents are made: a rate covers the
	// time since the previous snapshot. Nil if the section has no rates.
	rates func(*snapshot.Want)
	// record writes the data points below the host's resource; nil if there are none.
	record func(*points, *snapshot.Snapshot)
}

// partSpec describes a part of a scraper.
type partSpec struct {
	// template is the smallest template that enables the part; TemplateCustom enables it always.
	template Template
	// metrics are emitted only while one of the parts that have them is enabled. A part without metrics is for documents only.
	metrics []string
}

// scrapers has one row per scraper.
var scrapers = [snapshot.NumDomains]scraperSpec{
	snapshot.DomainCPU: {
		template:    TemplateMinimal,
		metrics:     cpuMetrics,
		utilization: []string{"system.cpu.utilization"},
		config:      func(s *ScrapersConfig) *ScraperConfig { return &s.CPU.ScraperConfig },
		want:        wantCPU,
		document:    wantCPUDocument,
		rates:       wantCPURates,
		record:      func(p *points, s *snapshot.Snapshot) { p.recordCPU(&s.CPU) },
	},
	snapshot.DomainMemory: {
		template: TemplateMinimal,
		metrics:  memoryMetrics,
		enables: map[string]Template{
			"system.linux.memory.available": TemplateFull,
			"system.memory.limit":           TemplateFull,
		},
		utilization: []string{"system.memory.utilization"},
		config:      func(s *ScrapersConfig) *ScraperConfig { return &s.Memory.ScraperConfig },
		document:    wantNothingMore,
		record:      func(p *points, s *snapshot.Snapshot) { p.recordMemory(&s.Memory) },
	},
	snapshot.DomainLoad: {
		template: TemplateMinimal,
		metrics:  loadMetrics,
		config:   func(s *ScrapersConfig) *ScraperConfig { return &s.Load.ScraperConfig },
		want:     wantLoad,
		document: wantNothingMore,
		record:   func(p *points, s *snapshot.Snapshot) { p.recordLoad(&s.Load) },
	},
	snapshot.DomainPaging: {
		template:    TemplateStandard,
		metrics:     pagingMetrics,
		utilization: []string{"system.paging.utilization"},
		config:      func(s *ScrapersConfig) *ScraperConfig { return &s.Paging.ScraperConfig },
		want:        wantPaging,
		record:      func(p *points, s *snapshot.Snapshot) { p.recordPaging(&s.Paging) },
	},
	snapshot.DomainDisk: {
		template: TemplateStandard,
		metrics:  diskMetrics,
		config:   func(s *ScrapersConfig) *ScraperConfig { return &s.Disk.ScraperConfig },
		validate: func(s *ScrapersConfig) error { return s.Disk.validate() },
		document: wantDiskDocument,
		record:   func(p *points, s *snapshot.Snapshot) { p.recordDisk(&s.Disks) },
	},
	snapshot.DomainNFS: {
		template: TemplateFull,
		metrics:  nfsMetrics,
		config:   func(s *ScrapersConfig) *ScraperConfig { return &s.NFS.ScraperConfig },
		want:     wantNFS,
		record:   func(p *points, s *snapshot.Snapshot) { p.recordNFS(&s.NFS) },
	},
	snapshot.DomainSystem: {
		template: TemplateStandard,
		parts:    systemParts,
		metrics:  systemMetrics,
		config:   func(s *ScrapersConfig) *ScraperConfig { return &s.System.ScraperConfig },
		want:     wantSystem,
		document: wantSystemDocument,
		record:   func(p *points, s *snapshot.Snapshot) { p.recordSystem(&s.System) },
	},
	snapshot.DomainPressure: {
		template: TemplateStandard,
		parts:    pressureParts,
		metrics:  pressureMetrics,
		enables:  map[string]Template{"system.pressure.linux.stall.utilization": TemplateFull},
		config:   func(s *ScrapersConfig) *ScraperConfig { return &s.Pressure.ScraperConfig },
		want:     wantPressure,
		document: wantPressure,
		record:   func(p *points, s *snapshot.Snapshot) { p.recordPressure(&s.Pressure) },
	},
	snapshot.DomainNetwork: {
		template: TemplateStandard,
		parts:    networkParts,
		metrics:  networkMetrics,
		enables: map[string]Template{
			"system.network.conntrack.count": TemplateFull,
			"system.network.conntrack.max":   TemplateFull,
		},
		config:   func(s *ScrapersConfig) *ScraperConfig { return &s.Network.ScraperConfig },
		validate: func(s *ScrapersConfig) error { return s.Network.validate() },
		want:     wantNetwork,
		document: wantNetworkDocument,
		record:   func(p *points, s *snapshot.Snapshot) { p.recordNetwork(&s.Network) },
	},
	snapshot.DomainConnections: {
		template: TemplateStandard,
		parts:    connectionsParts,
		metrics:  connectionsMetrics,
		config:   func(s *ScrapersConfig) *ScraperConfig { return &s.Connections.ScraperConfig },
		validate: func(s *ScrapersConfig) error { return s.Connections.validate() },
		want:     wantConnections,
		document: wantConnectionsDocument,
		record:   func(p *points, s *snapshot.Snapshot) { p.recordConnections(&s.Connections) },
	},
	snapshot.DomainFilesystem: {
		template:    TemplateStandard,
		parts:       filesystemParts,
		metrics:     filesystemMetrics,
		enables:     map[string]Template{"system.filesystem.stuck": TemplateStandard},
		utilization: []string{"system.filesystem.utilization"},
		config:      func(s *ScrapersConfig) *ScraperConfig { return &s.Filesystem.ScraperConfig },
		validate:    func(s *ScrapersConfig) error { return s.Filesystem.validate() },
		want:        wantFilesystem,
		document:    wantFilesystemDocument,
		record:      func(p *points, s *snapshot.Snapshot) { p.recordFilesystem(&s.Filesystem) },
	},
	snapshot.DomainProcesses: {
		template: TemplateStandard,
		metrics:  processesMetrics,
		config:   func(s *ScrapersConfig) *ScraperConfig { return &s.Processes.ScraperConfig },
		want:     wantProcesses,
		document: wantProcessesDocument,
		record:   func(p *points, s *snapshot.Snapshot) { p.recordProcesses(&s.Processes) },
	},
	snapshot.DomainProcess: {
		template: TemplateFull,
		metrics:  processMetrics,
		enables: map[string]Template{
			"process.open_file_descriptors": TemplateFull,
			"process.threads":               TemplateFull,
			"process.uptime":                TemplateFull,
		},
		full:        tree{"top": tree{"count": topOfFull}},
		utilization: []string{"process.cpu.utilization", "process.memory.utilization"},
		config:      func(s *ScrapersConfig) *ScraperConfig { return &s.Process.ScraperConfig },
		validate:    func(s *ScrapersConfig) error { return s.Process.validate() },
		want:        wantProcess,
		document:    wantProcessDocument,
		rates:       wantProcessRates,
		record:      func(p *points, s *snapshot.Snapshot) { p.recordOtherProcesses(s) },
	},
	snapshot.DomainQuota: {
		template: TemplateStandard,
		metrics:  quotaMetrics,
		config:   func(s *ScrapersConfig) *ScraperConfig { return &s.Quota.ScraperConfig },
		want:     wantQuota,
		document: wantQuotaDocument,
		rates:    wantQuotaRates,
	},
	snapshot.DomainContainer: {
		template: TemplateFull,
		config:   func(s *ScrapersConfig) *ScraperConfig { return &s.Container.ScraperConfig },
		document: wantNothingMore,
	},
	snapshot.DomainRuntime: {
		template: TemplateFull,
		config:   func(s *ScrapersConfig) *ScraperConfig { return &s.Runtime.ScraperConfig },
		document: wantRuntimeDocument,
	},
	snapshot.DomainThermal: {
		template: TemplateFull,
		metrics:  thermalMetrics,
		config:   func(s *ScrapersConfig) *ScraperConfig { return &s.Thermal.ScraperConfig },
		validate: func(s *ScrapersConfig) error { return s.Thermal.validate() },
		want:     wantThermal,
		document: wantThermalDocument,
		record:   func(p *points, s *snapshot.Snapshot) { p.recordThermal(&s.Thermal) },
	},
}

// wantNothingMore is for a section of the document whose domain always has all of it.
func wantNothingMore(*Config, *snapshot.Want) {}

// scraperNames are the names of all scrapers, sorted.
func scraperNames() []string {
	names := make([]string, 0, len(scrapers))
	for d := range snapshot.NumDomains {
		names = append(names, d.String())
	}
	slices.Sort(names)
	return names
}

// domainNamed is the domain of the scraper with that name, which must exist.
func domainNamed(name string) snapshot.Domain {
	for d := range snapshot.NumDomains {
		if d.String() == name {
			return d
		}
	}
	panic("no scraper " + name)
}

// isEnabled reports whether the configuration enables the scraper of d.
func isEnabled(cfg *Config, d snapshot.Domain) bool {
	return scrapers[d].config(&cfg.Scrapers).Enabled
}

// metricsDomains are the domains to read for metrics: those whose scraper is enabled and has an enabled metric, or has none.
func metricsDomains(cfg *Config) (domains snapshot.Domains) {
	enabled := enabledMetrics(cfg)
	for d := range snapshot.NumDomains {
		metrics := scrapers[d].metrics
		if isEnabled(cfg, d) && (len(metrics) == 0 || slices.ContainsFunc(metrics, func(m string) bool { return enabled[m] })) {
			domains.Add(d)
		}
	}
	if cfg.Scrapers.Network.wantsTCP(&cfg.Metrics) {
		domains.Add(snapshot.DomainConnections)
	}
	return domains
}

// metricsWant selects what the enabled metrics need.
func metricsWant(cfg *Config) (want snapshot.Want) {
	for d := range snapshot.NumDomains {
		if add := scrapers[d].want; add != nil {
			add(cfg, &want)
		}
	}
	return want
}

// enabledMetrics maps the name of each metric to whether it is enabled.
func enabledMetrics(cfg *Config) map[string]bool {
	enabled := map[string]bool{}
	v := reflect.ValueOf(cfg.Metrics)
	for i := range v.NumField() {
		enabled[v.Type().Field(i).Tag.Get("mapstructure")] = v.Field(i).FieldByName("Enabled").Bool()
	}
	return enabled
}

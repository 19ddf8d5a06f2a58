// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"slices"
	"time"

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
	// parts are its parts, each with the smallest template that has it on; custom is always.
	parts map[string]Template
	// metrics are those that may be configured under the scraper, and that make it worth reading. One without metrics says
	// what the metrics of others are about.
	metrics []string
}

var scraperSpecs = []scraperSpec{
	{
		domain: snapshot.DomainConnections, from: TemplateStandard,
		parts: map[string]Template{
			"tcp_stats": TemplateCustom, "listening_ports": TemplateCustom, "protocols": TemplateCustom,
			"tcp_connections": TemplateFull, "udp_sockets": TemplateFull, "unix_sockets": TemplateFull,
		},
		metrics: append(slices.Clone(protocolMetrics),
			"system.network.connections",
			"system.network.listener.backlog.limit",
			"system.network.listener.backlog.usage",
			"system.network.listener.connection.dropped",
			"system.network.listener.packet.dropped",
			"system.network.udp.receive_queue.usage",
		),
	},
	{domain: snapshot.DomainContainer, from: TemplateFull},
	{domain: snapshot.DomainCPU, from: TemplateMinimal, metrics: []string{
		"system.cpu.frequency",
		"system.cpu.logical.count",
		"system.cpu.physical.count",
		"system.cpu.time",
		"system.cpu.utilization",
	}},
	{domain: snapshot.DomainDisk, from: TemplateStandard, metrics: []string{
		"system.disk.io",
		"system.disk.io_time",
		"system.disk.merged",
		"system.disk.operation_time",
		"system.disk.operations",
		"system.disk.pending_operations",
		"system.disk.weighted_io_time",
	}},
	{
		domain: snapshot.DomainFilesystem, from: TemplateStandard,
		parts: map[string]Template{"usage": TemplateCustom, "inodes": TemplateCustom, "partitions": TemplateCustom},
		metrics: []string{
			"system.filesystem.inodes.usage",
			"system.filesystem.usage",
			"system.filesystem.utilization",
		},
	},
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
	{
		domain: snapshot.DomainNetwork, from: TemplateStandard,
		parts: map[string]Template{"stats": TemplateCustom, "interfaces": TemplateFull, "softnet": TemplateFull},
		metrics: []string{
			"hw.network.bandwidth.limit",
			"hw.network.up",
			"system.network.interface.carrier.changes",
			"system.network.interface.mtu",
			"system.network.connections", // It is the connections scraper's too.
			"system.network.conntrack.count",
			"system.network.conntrack.max",
			"system.network.dropped",
			"system.network.errors",
			"system.network.io",
			"system.network.linux.softnet.dropped",
			"system.network.linux.softnet.squeezed",
			"system.network.packets",
		},
	},
	{domain: snapshot.DomainNFS, from: TemplateFull, metrics: nfsMetrics},
	{domain: snapshot.DomainPaging, from: TemplateStandard, metrics: []string{
		"system.paging.faults",
		"system.paging.operations",
		"system.paging.usage",
		"system.paging.utilization",
	}},
	{
		domain: snapshot.DomainPressure, from: TemplateStandard,
		parts: map[string]Template{"cpu": TemplateCustom, "memory": TemplateCustom, "io": TemplateCustom, "irq": TemplateCustom},
		metrics: []string{
			"system.pressure.linux.stall.time",
			"system.pressure.linux.stall.utilization",
		},
	},
	{domain: snapshot.DomainProcess, from: TemplateFull, metrics: []string{
		"process.context_switches",
		"process.cpu.time",
		"process.cpu.utilization",
		"process.disk.io",
		"process.disk.operations",
		"process.handles",
		"process.memory.usage",
		"process.memory.utilization",
		"process.memory.virtual",
		"process.open_file_descriptors",
		"process.paging.faults",
		"process.signals_pending",
		"process.threads",
		"process.uptime",
	}},
	{domain: snapshot.DomainProcesses, from: TemplateStandard, metrics: []string{
		"system.processes.count",
		"system.processes.created",
	}},
	{domain: snapshot.DomainQuota, from: TemplateStandard, metrics: []string{
		"container.cpu.limit",
		"container.cpu.throttling.periods",
		"container.cpu.throttling.time",
		"container.cpu.time",
		"container.disk.io.limit",
		"container.memory.limit",
		"container.memory.oom_kills",
		"container.memory.usage",
		"container.pid.count",
		"container.pid.limit",
	}},
	{domain: snapshot.DomainRuntime, from: TemplateFull},
	{
		domain: snapshot.DomainSystem, from: TemplateStandard,
		parts: map[string]Template{"uptime": TemplateCustom, "activity": TemplateStandard},
		metrics: []string{
			"system.context_switches",
			"system.interrupts",
			"system.memory.linux.oom_kills",
			"system.process.limit",
			"system.unix.file_descriptor.count",
			"system.unix.file_descriptor.limit",
			"system.uptime",
		},
	},
	{domain: snapshot.DomainThermal, from: TemplateFull, metrics: []string{
		"hw.temperature",
		"hw.temperature.limit",
	}},
}

var nfsMetrics = []string{
	"nfs.client.net.count",
	"nfs.client.net.tcp.connection.accepted",
	"nfs.client.operation.count",
	"nfs.client.procedure.count",
	"nfs.client.rpc.authrefresh.count",
	"nfs.client.rpc.count",
	"nfs.client.rpc.retransmit.count",
	"nfs.server.fh.stale.count",
	"nfs.server.io",
	"nfs.server.net.count",
	"nfs.server.net.tcp.connection.accepted",
	"nfs.server.operation.count",
	"nfs.server.procedure.count",
	"nfs.server.repcache.requests",
	"nfs.server.rpc.count",
	"nfs.server.thread.count",
}

// templateMetrics are the metrics that a template switches on beyond the defaults.
var templateMetrics = map[Template][]string{
	TemplateFull: {"system.pressure.linux.stall.utilization"},
}

func scraperNames() []string {
	names := make([]string, len(scraperSpecs))
	for i := range scraperSpecs {
		names[i] = scraperSpecs[i].domain.String()
	}
	return names
}

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

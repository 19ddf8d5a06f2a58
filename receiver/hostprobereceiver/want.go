// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"reflect"
	"slices"
	"strings"

	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// wantedDomains are those whose scraper is on and has a metric that is, or has none: nothing else is read.
func wantedDomains(cfg *Config) snapshot.Domains {
	on := enabledMetrics(&cfg.Metrics)
	var domains snapshot.Domains
	for i := range scraperSpecs {
		spec := &scraperSpecs[i]
		if !cfg.Scrapers.of(spec.domain).Enabled {
			continue
		}
		if len(spec.metrics) == 0 || slices.ContainsFunc(spec.metrics, func(m string) bool { return on[m] }) {
			domains.Add(spec.domain)
		}
	}
	if cfg.Scrapers.Network.wantsTCP(&cfg.Metrics) {
		domains.Add(snapshot.DomainConnections)
	}
	return domains
}

// wantedParts says what the probe has to read inside the wanted domains.
func wantedParts(cfg *Config) snapshot.Want {
	m, system, connections := &cfg.Metrics, &cfg.Scrapers.System, &cfg.Scrapers.Connections
	want := snapshot.Want{
		CPU:      snapshot.CPUWant{Times: m.SystemCPUTime.Enabled || m.SystemCPUUtilization.Enabled || m.SystemCPULogicalCount.Enabled, PhysicalCount: m.SystemCPUPhysicalCount.Enabled, Frequencies: m.SystemCPUFrequency.Enabled},
		Load:     snapshot.LoadWant{CPUs: cfg.Scrapers.Load.CPUAverage},
		Paging:   snapshot.PagingWant{Counts: m.SystemPagingFaults.Enabled || m.SystemPagingOperations.Enabled, Areas: m.SystemPagingUsage.Enabled || m.SystemPagingUtilization.Enabled},
		Pressure: wantedPressure(&cfg.Scrapers.Pressure),
		System:   snapshot.SystemWant{Uptime: system.Uptime && m.SystemUptime.Enabled},
		Thermal:  snapshot.ThermalWant{Temperatures: m.HwTemperature.Enabled, Limits: m.HwTemperatureLimit.Enabled},
	}
	if m.SystemNetworkConnections.Enabled {
		want.Connections.TCPStates, want.Connections.UDPStates, want.Connections.UnixStates = connections.TCPStats, connections.UDPSockets, connections.UnixSockets
	}
	network := &cfg.Scrapers.Network
	want.Connections.TCPStates = want.Connections.TCPStates || network.wantsTCP(m)
	if network.Stats {
		want.Network.Interfaces = m.SystemNetworkDropped.Enabled || m.SystemNetworkErrors.Enabled ||
			m.SystemNetworkIo.Enabled || m.SystemNetworkPackets.Enabled
		want.Network.Conntrack = m.SystemNetworkConntrackCount.Enabled || m.SystemNetworkConntrackMax.Enabled
	}
	if network.LinkStates {
		want.Network.Links = snapshot.LinkWant{
			Up: m.HwNetworkUp.Enabled, Speed: m.HwNetworkBandwidthLimit.Enabled,
			MTU: m.SystemNetworkInterfaceMtu.Enabled, CarrierChanges: m.SystemNetworkInterfaceCarrierChanges.Enabled,
		}
	}
	want.Network.Softnet = network.Softnet && (m.SystemNetworkLinuxSoftnetDropped.Enabled || m.SystemNetworkLinuxSoftnetSqueezed.Enabled)
	want.Connections.Listeners = connections.ListeningPorts && (m.SystemNetworkListenerBacklogUsage.Enabled ||
		m.SystemNetworkListenerBacklogLimit.Enabled || m.SystemNetworkListenerConnectionDropped.Enabled ||
		m.SystemNetworkListenerPacketDropped.Enabled || m.SystemNetworkUDPReceiveQueueUsage.Enabled)
	if connections.Protocols {
		want.Connections.Protocols = wantedProtocols(m)
	}
	want.Connections.Owners = wantedOwners(m, want)
	on := enabledMetrics(m)
	for _, metric := range nfsMetrics {
		want.NFS.Client = want.NFS.Client || on[metric] && strings.HasPrefix(metric, "nfs.client.")
		want.NFS.Server = want.NFS.Server || on[metric] && strings.HasPrefix(metric, "nfs.server.")
	}
	addProcessParts(&want, cfg)
	want.Quota = snapshot.QuotaWant{
		CPULimit: m.ContainerCPULimit.Enabled, CPUTime: m.ContainerCPUTime.Enabled,
		Throttling:  m.ContainerCPUThrottlingTime.Enabled || m.ContainerCPUThrottlingPeriods.Enabled,
		MemoryUsage: m.ContainerMemoryUsage.Enabled, MemoryLimit: m.ContainerMemoryLimit.Enabled, OOMKills: m.ContainerMemoryOomKills.Enabled,
		Tasks: m.ContainerPidCount.Enabled, TaskLimit: m.ContainerPidLimit.Enabled,
		IOLimits: m.ContainerDiskIoLimit.Enabled,
	}
	if filesystem := &cfg.Scrapers.Filesystem; filesystem.ScraperConfig.Enabled {
		want.Filesystem.Usage = filesystem.Usage && (m.SystemFilesystemUsage.Enabled || m.SystemFilesystemUtilization.Enabled)
		want.Filesystem.Inodes = filesystem.Inodes && m.SystemFilesystemInodesUsage.Enabled
	}
	if system.Activity {
		want.System.Counts = m.SystemContextSwitches.Enabled || m.SystemInterrupts.Enabled
		want.System.OOMKills = m.SystemMemoryLinuxOomKills.Enabled
		want.System.FileDescriptors = m.SystemUnixFileDescriptorCount.Enabled || m.SystemUnixFileDescriptorLimit.Enabled
		want.System.ProcessLimit = m.SystemProcessLimit.Enabled
	}
	return want
}

func wantedPressure(cfg *PressureConfig) [snapshot.NumPressureResources]bool {
	return [snapshot.NumPressureResources]bool{
		snapshot.PressureCPU:    cfg.CPU,
		snapshot.PressureMemory: cfg.Memory,
		snapshot.PressureIO:     cfg.IO,
		snapshot.PressureIRQ:    cfg.IRQ,
	}
}

// addProcessParts adds what has to be read of processes.
func addProcessParts(want *snapshot.Want, cfg *Config) {
	m, r, top := &cfg.Metrics, &cfg.ResourceAttributes, &cfg.Scrapers.Process.Top
	want.Processes.ByStatus, want.Processes.Created = m.SystemProcessesCount.Enabled, m.SystemProcessesCreated.Enabled
	want.Process.MemoryShare = m.ProcessMemoryUtilization.Enabled
	want.Process.Memory = m.ProcessMemoryUsage.Enabled || m.ProcessMemoryVirtual.Enabled || want.Process.MemoryShare ||
		top.Count > 0 && top.By == probe.TopByMemory
	want.Process.IO = m.ProcessDiskIo.Enabled || m.ProcessDiskOperations.Enabled || top.Count > 0 && top.By == probe.TopByIO
	want.Process.Switches, want.Process.Signals = m.ProcessContextSwitches.Enabled, m.ProcessSignalsPending.Enabled
	want.Process.FileDescriptors = m.ProcessOpenFileDescriptors.Enabled || hasHandles && m.ProcessHandles.Enabled
	want.Process.Utilization = m.ProcessCPUUtilization.Enabled
	want.Process.Command = r.ProcessCommand.Enabled || r.ProcessCommandLine.Enabled
	want.Process.Path, want.Process.Owner, want.Process.Cgroup = r.ProcessExecutablePath.Enabled, r.ProcessOwner.Enabled, r.ProcessCgroup.Enabled
}

// wantedOwners says by what the owners of sockets are told apart in any metric that is on.
func wantedOwners(m *metadata.MetricsConfig, want snapshot.Want) (owners snapshot.OwnerWant) {
	addOwners(&owners, want.Connections.TCPStates || want.Connections.UDPStates || want.Connections.UnixStates, m.SystemNetworkConnections.EnabledAttributes)
	if want.Connections.Listeners {
		addOwners(&owners, m.SystemNetworkListenerBacklogUsage.Enabled, m.SystemNetworkListenerBacklogUsage.EnabledAttributes)
		addOwners(&owners, m.SystemNetworkListenerBacklogLimit.Enabled, m.SystemNetworkListenerBacklogLimit.EnabledAttributes)
		addOwners(&owners, m.SystemNetworkListenerConnectionDropped.Enabled, m.SystemNetworkListenerConnectionDropped.EnabledAttributes)
		addOwners(&owners, m.SystemNetworkListenerPacketDropped.Enabled, m.SystemNetworkListenerPacketDropped.EnabledAttributes)
		addOwners(&owners, m.SystemNetworkUDPReceiveQueueUsage.Enabled, m.SystemNetworkUDPReceiveQueueUsage.EnabledAttributes)
	}
	return owners
}

func addOwners[K ~string](owners *snapshot.OwnerWant, on bool, attributes []K) {
	if !on {
		return
	}
	owners.Unit = owners.Unit || slices.Contains(attributes, "systemd.unit.name")
	owners.Container = owners.Container || slices.Contains(attributes, "container.id")
	owners.Process = owners.Process || slices.Contains(attributes, "process.executable.name")
}

func enabledMetrics(cfg *metadata.MetricsConfig) map[string]bool {
	on := map[string]bool{}
	v := reflect.ValueOf(cfg).Elem()
	for i := range v.NumField() {
		on[v.Type().Field(i).Tag.Get("mapstructure")] = v.Field(i).FieldByName("Enabled").Bool()
	}
	return on
}

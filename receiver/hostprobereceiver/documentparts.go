// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"slices"

	"github.com/superviz-io/hostprobe/internal/document"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// sections are the scrapers that documents have something of.
func sections() (names []string) {
	for i := range scraperSpecs {
		if d := scraperSpecs[i].domain; d != snapshot.DomainNFS && d != snapshot.DomainPaging {
			names = append(names, d.String())
		}
	}
	return names
}

// documentDomains are those of the scrapers that are on and that documents have something of.
func documentDomains(cfg *Config) (domains snapshot.Domains) {
	told := cfg.Snapshot.Include
	if len(told) == 0 {
		told = sections()
	}
	for d := range snapshot.NumDomains {
		if cfg.Scrapers.of(d).Enabled && slices.Contains(told, d.String()) {
			domains.Add(d)
		}
	}
	return domains
}

func documentOptions(cfg *Config, host *snapshot.Host) document.Options {
	return document.Options{
		Host: *host, Domains: documentDomains(cfg), Partitions: cfg.Scrapers.Filesystem.Partitions,
		Addresses: map[string]document.Addresses{
			"full": document.FullAddresses, "prefix": document.AddressPrefixes, "none": document.NoAddresses,
		}[cfg.Snapshot.Addresses],
	}
}

// addDocumentParts adds what has to be read for a document.
func addDocumentParts(want *snapshot.Want, cfg *Config) {
	domains := documentDomains(cfg)
	if domains.Has(snapshot.DomainCPU) {
		want.CPU.Times, want.CPU.Frequencies = true, true
	}
	if filesystem := &cfg.Scrapers.Filesystem; domains.Has(snapshot.DomainFilesystem) {
		want.Filesystem.List = want.Filesystem.List || filesystem.Partitions
		want.Filesystem.Usage, want.Filesystem.Inodes = want.Filesystem.Usage || filesystem.Usage, want.Filesystem.Inodes || filesystem.Inodes
	}
	if network := &cfg.Scrapers.Network; domains.Has(snapshot.DomainNetwork) {
		want.Network.Interfaces = want.Network.Interfaces || network.Stats
		if network.LinkStates {
			want.Network.Links.Up, want.Network.Links.MTU, want.Network.Links.MAC, want.Network.Links.Flags = true, true, true, true
		}
	}
	if connections := &cfg.Scrapers.Connections; domains.Has(snapshot.DomainConnections) {
		want.Connections.TCPStates = want.Connections.TCPStates || connections.TCPStats
		want.Connections.Listeners, want.Connections.ListenerOwners = want.Connections.Listeners || connections.ListeningPorts, connections.ListeningPorts
		want.Connections.TCPSockets, want.Connections.UDPSockets, want.Connections.UnixSockets = connections.TCPConnections, connections.UDPSockets, connections.UnixSockets
	}
	if domains.Has(snapshot.DomainPressure) {
		want.Pressure = wantedPressure(&cfg.Scrapers.Pressure)
	}
	if domains.Has(snapshot.DomainProcesses) {
		want.Processes.ByStatus = true
	}
	if domains.Has(snapshot.DomainProcess) {
		addRates(want, domains)
		want.Process.Top, want.Process.Memory, want.Process.MemoryShare, want.Process.FileDescriptors = true, true, true, true
	}
	if domains.Has(snapshot.DomainThermal) {
		want.Thermal.Temperatures, want.Thermal.Limits = true, true
	}
	if domains.Has(snapshot.DomainQuota) {
		quota := &want.Quota
		quota.CPULimit, quota.CPUTime, quota.FileDescriptorLimit = true, true, true
		quota.MemoryUsage, quota.MemoryLimit, quota.Tasks, quota.TaskLimit = true, true, true, true
	}
	want.Runtime.Available = domains.Has(snapshot.DomainRuntime)
	if domains.Has(snapshot.DomainSystem) && cfg.Scrapers.System.Activity {
		want.System.Counts, want.System.SelfSwitches = true, true
	}
}

// addRates adds what the rates of a document are made of, which is read at every scrape that reads its domain: a rate is of
// the time since the snapshot before.
func addRates(want *snapshot.Want, domains snapshot.Domains) {
	if domains.Has(snapshot.DomainCPU) {
		want.CPU.Times = true
	}
	if domains.Has(snapshot.DomainQuota) {
		want.Quota.CPUTime = true
	}
	if domains.Has(snapshot.DomainProcess) {
		want.Process.IO, want.Process.Utilization = true, true
	}
}

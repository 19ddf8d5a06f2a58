// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// NetworkConfig has the options and parts of the network scraper.
type NetworkConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// Include selects the interfaces that have series; without names, all of them.
	Include InterfaceFilter `mapstructure:"include"`
	// Exclude selects the interfaces that have no series, of those included.
	Exclude InterfaceFilter `mapstructure:"exclude"`
	// Stats is the part with the metrics of host_metrics: interface counters, TCP states and conntrack.
	Stats bool `mapstructure:"stats"`
	// LinkStates is the part with the state, speed and MTU of each interface.
	LinkStates bool `mapstructure:"interfaces"`
	// Softnet is the part with packets dropped from the backlog of a CPU and polls cut short.
	Softnet bool `mapstructure:"softnet"`

	_ struct{} // Prevents unkeyed literals.
}

// InterfaceFilter selects network interfaces by name.
type InterfaceFilter struct {
	FilterConfig FilterConfig `mapstructure:",squash"`
	// Interfaces is the list of patterns.
	Interfaces []string `mapstructure:"interfaces"`

	_ struct{} // Prevents unkeyed literals.
}

func (f *InterfaceFilter) named(path string) namedFilter {
	return namedFilter{path: path, key: "interfaces", matchType: f.FilterConfig.MatchType, patterns: f.Interfaces}
}

var networkParts = map[string]partSpec{
	"stats":      {template: TemplateCustom, metrics: networkStatsMetrics},
	"interfaces": {template: TemplateFull, metrics: linkMetrics},
	"softnet":    {template: TemplateFull, metrics: softnetMetrics},
}

var (
	networkMetrics      = slices.Concat(linkMetrics, networkStatsMetrics, softnetMetrics)
	networkStatsMetrics = []string{
		"system.network.connections", // Shared with the connections scraper.
		"system.network.conntrack.count",
		"system.network.conntrack.max",
		"system.network.dropped",
		"system.network.errors",
		"system.network.io",
		"system.network.packets",
	}
	linkMetrics = []string{
		"hw.network.bandwidth.limit",
		"hw.network.up",
		"system.network.interface.carrier.changes",
		"system.network.interface.mtu",
	}
	softnetMetrics = []string{
		"system.network.linux.softnet.dropped",
		"system.network.linux.softnet.squeezed",
	}
)

func (n *NetworkConfig) include() namedFilter { return n.Include.named("scrapers::network::include") }

// filter returns a predicate that selects interfaces by name; nil selects all of them.
func (n *NetworkConfig) filter() (keep func(name string) bool, err error) {
	return includeExclude(n.include(), n.Exclude.named("scrapers::network::exclude"))
}

func (n *NetworkConfig) validate() error {
	_, err := n.filter()
	return err
}

// wantsTCP reports whether the scraper emits the TCP states of system.network.connections. The connections domain reads and
// records them once, for both scrapers.
func (n *NetworkConfig) wantsTCP(m *metadata.MetricsConfig) bool {
	return n.ScraperConfig.Enabled && n.Stats && m.SystemNetworkConnections.Enabled
}

func wantNetwork(cfg *Config, want *snapshot.Want) {
	m, network := &cfg.Metrics, &cfg.Scrapers.Network
	want.Connections.TCPStates = network.wantsTCP(m)
	if network.Stats {
		want.Network.Interfaces = m.SystemNetworkDropped.Enabled || m.SystemNetworkErrors.Enabled ||
			m.SystemNetworkIo.Enabled || m.SystemNetworkPackets.Enabled
		want.Network.Conntrack = m.SystemNetworkConntrackCount.Enabled || m.SystemNetworkConntrackMax.Enabled
	}
	if network.LinkStates {
		want.Network.Links.Up = m.HwNetworkUp.Enabled
		want.Network.Links.Speed = m.HwNetworkBandwidthLimit.Enabled
		want.Network.Links.MTU = m.SystemNetworkInterfaceMtu.Enabled
		want.Network.Links.CarrierChanges = m.SystemNetworkInterfaceCarrierChanges.Enabled
	}
	if network.Softnet {
		want.Network.Softnet = m.SystemNetworkLinuxSoftnetDropped.Enabled || m.SystemNetworkLinuxSoftnetSqueezed.Enabled
	}
}

func wantNetworkDocument(cfg *Config, want *snapshot.Want) {
	network := &cfg.Scrapers.Network
	want.Network.Interfaces = want.Network.Interfaces || network.Stats
	if network.LinkStates {
		links := &want.Network.Links
		links.Up, links.MTU, links.MAC, links.Flags = true, true, true, true
	}
}

func (p *points) recordNetwork(s *snapshot.Network) {
	for i := range s.Interfaces {
		link := &s.Interfaces[i]
		p.Since(pcommon.Timestamp(link.Start))
		if link.Counted {
			p.recordInterface(&link.Sent, &link.Last.Sent, link.Name, metadata.AttributeNetworkDirectionTransmit)
			p.recordInterface(&link.Received, &link.Last.Received, link.Name, metadata.AttributeNetworkDirectionReceive)
		}
		recordKnown(link.CarrierChanges, func(n int64) { p.SystemNetworkInterfaceCarrierChanges.Record(n, link.Name) })
		p.Since(0)
		recordKnown(link.Up, func(n int64) { p.HwNetworkUp.Record(n, link.ID, link.Name) })
		recordKnown(link.Speed, func(n int64) { p.HwNetworkBandwidthLimit.Record(n, link.ID, link.Name) })
		recordKnown(link.MTU, func(n int64) { p.SystemNetworkInterfaceMtu.Record(n, link.Name) })
	}
	recordKnown(s.Conntrack, p.SystemNetworkConntrackCount.Record)
	recordKnown(s.ConntrackLimit, p.SystemNetworkConntrackMax.Record)
	recordKnown(s.SoftnetDropped, p.SystemNetworkLinuxSoftnetDropped.Record)
	recordKnown(s.SoftnetSqueezed, p.SystemNetworkLinuxSoftnetSqueezed.Record)
}

func (p *points) recordInterface(s, last *snapshot.InterfaceTraffic, device string, direction metadata.AttributeNetworkDirection) {
	recordCounter(p.SystemNetworkIo.KeepsDevice(), s.Bytes, last.Bytes, func(n int64) { p.SystemNetworkIo.Record(n, device, direction) })
	recordCounter(p.SystemNetworkPackets.KeepsDevice(), s.Packets, last.Packets, func(n int64) { p.SystemNetworkPackets.Record(n, device, direction) })
	recordCounter(p.SystemNetworkErrors.KeepsDevice(), s.Errors, last.Errors, func(n int64) { p.SystemNetworkErrors.Record(n, device, direction) })
	recordCounter(p.SystemNetworkDropped.KeepsDevice(), s.Dropped, last.Dropped, func(n int64) { p.SystemNetworkDropped.Record(n, device, direction) })
}

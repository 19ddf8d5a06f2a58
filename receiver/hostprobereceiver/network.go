// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// NetworkConfig has the options and parts of the network scraper.
type NetworkConfig struct {
	ScraperConfig `mapstructure:",squash"`
	// Include and Exclude say which interfaces have series: those that are included and not excluded.
	Include InterfaceFilter `mapstructure:"include"`
	Exclude InterfaceFilter `mapstructure:"exclude"`
	// Stats is what host_metrics has: interfaces, states of TCP, tracked connections.
	Stats bool `mapstructure:"stats"`
	// LinkStates is the state, speed and size of each interface.
	LinkStates bool `mapstructure:"interfaces"`
	// Softnet is what the CPUs could not keep up with.
	Softnet bool `mapstructure:"softnet"`
}

// InterfaceFilter selects network interfaces by name.
type InterfaceFilter struct {
	FilterConfig `mapstructure:",squash"`
	Interfaces   []string `mapstructure:"interfaces"`
}

func (f *InterfaceFilter) named(path string) namedFilter {
	return namedFilter{path: path, key: "interfaces", matchType: f.MatchType, patterns: f.Interfaces}
}

// filter reports whether an interface has series, by its name. It is nil if every one has.
func (n *NetworkConfig) filter() (keep func(name string) bool, err error) {
	return includeExclude(n.Include.named("scrapers::network::include"), n.Exclude.named("scrapers::network::exclude"))
}

// wantsTCP says that system.network.connections of TCP is asked for. Whoever asks for it, it is read and recorded once,
// by what reads connections.
func (n *NetworkConfig) wantsTCP(m *metadata.MetricsConfig) bool {
	return n.Enabled && n.Stats && m.SystemNetworkConnections.Enabled
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

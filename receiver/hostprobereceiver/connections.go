// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"errors"
	"slices"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// ConnectionsConfig has the parts of the connections scraper.
type ConnectionsConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// TCPStats is the part with system.network.connections of TCP.
	TCPStats bool `mapstructure:"tcp_stats"`
	// UDPSockets is the part with system.network.connections of UDP, and the UDP sockets in the snapshot documents.
	UDPSockets bool `mapstructure:"udp_sockets"`
	// UnixSockets is the part with system.network.connections of unix sockets, and these sockets in the snapshot documents.
	UnixSockets bool `mapstructure:"unix_sockets"`
	// ListeningPorts is the part with the queues and drops of listeners.
	ListeningPorts bool `mapstructure:"listening_ports"`
	// Protocols is the part with the counters that the protocols themselves keep.
	Protocols bool `mapstructure:"protocols"`
	// TCPConnections is the part with the TCP sockets in the snapshot documents, with their owners.
	TCPConnections bool `mapstructure:"tcp_connections"`
	// MaxConnections is the maximum number of TCP sockets in a snapshot document.
	MaxConnections int `mapstructure:"max_connections"`
	// MaxOwners is the maximum number of socket owners with series of their own; the others share one point.
	MaxOwners int `mapstructure:"max_owners"`

	_ struct{} // Prevents unkeyed literals.
}

func defaultConnectionsConfig() ConnectionsConfig {
	return ConnectionsConfig{MaxConnections: 1024, MaxOwners: 100}
}

func (c *ConnectionsConfig) validate() error {
	return errors.Join(
		atLeast("scrapers::connections::max_connections", c.MaxConnections, 1),
		atLeast("scrapers::connections::max_owners", c.MaxOwners, 1),
	)
}

var connectionsParts = map[string]partSpec{
	"tcp_stats":       {template: TemplateCustom, metrics: socketMetrics},
	"listening_ports": {template: TemplateCustom, metrics: listenerMetricNames},
	"protocols":       {template: TemplateCustom, metrics: protocolMetricNames},
	"tcp_connections": {template: TemplateFull},
	"udp_sockets":     {template: TemplateFull, metrics: socketMetrics},
	"unix_sockets":    {template: TemplateFull, metrics: socketMetrics},
}

var (
	connectionsMetrics = slices.Concat(socketMetrics, listenerMetricNames, protocolMetricNames)
	socketMetrics      = []string{"system.network.connections"}
)

// wantConnections runs after wantNetwork, which may want the TCP states as well.
func wantConnections(cfg *Config, want *snapshot.Want) {
	m, connections := &cfg.Metrics, &cfg.Scrapers.Connections
	if m.SystemNetworkConnections.Enabled {
		want.Connections.TCPStates = want.Connections.TCPStates || connections.TCPStats
		want.Connections.UDPStates, want.Connections.UnixStates = connections.UDPSockets, connections.UnixSockets
	}
	if connections.ListeningPorts {
		wantListeners(m, want)
	}
	if connections.Protocols {
		want.Connections.Protocols = wantedProtocols(m)
	}
	if want.Connections.TCPStates || want.Connections.UDPStates || want.Connections.UnixStates {
		wantOwners(&want.Connections.Owners, m.SystemNetworkConnections.Enabled, m.SystemNetworkConnections.EnabledAttributes)
	}
}

// wantOwners adds the attributes by which an enabled metric splits socket owners.
func wantOwners[K ~string](owners *snapshot.OwnerWant, enabled bool, attributes []K) {
	if !enabled {
		return
	}
	owners.Unit = owners.Unit || slices.Contains(attributes, "systemd.unit.name")
	owners.Container = owners.Container || slices.Contains(attributes, "container.id")
	owners.Process = owners.Process || slices.Contains(attributes, "process.executable.name")
}

func wantConnectionsDocument(cfg *Config, want *snapshot.Want) {
	connections := &cfg.Scrapers.Connections
	want.Connections.TCPStates = want.Connections.TCPStates || connections.TCPStats
	want.Connections.Listeners = want.Connections.Listeners || connections.ListeningPorts
	want.Connections.ListenerOwners = connections.ListeningPorts
	want.Connections.TCPSockets = connections.TCPConnections
	want.Connections.UDPSockets, want.Connections.UnixSockets = connections.UDPSockets, connections.UnixSockets
}

// stateNames are the states as the kernel and host_metrics name them.
var stateNames = [snapshot.NumSocketStates]string{
	snapshot.SocketEstablished: "ESTABLISHED",
	snapshot.SocketSynSent:     "SYN_SENT",
	snapshot.SocketSynRecv:     "SYN_RECV",
	snapshot.SocketFinWait1:    "FIN_WAIT1",
	snapshot.SocketFinWait2:    "FIN_WAIT2",
	snapshot.SocketTimeWait:    "TIME_WAIT",
	snapshot.SocketClose:       "CLOSE",
	snapshot.SocketCloseWait:   "CLOSE_WAIT",
	snapshot.SocketLastAck:     "LAST_ACK",
	snapshot.SocketListen:      "LISTEN",
	snapshot.SocketClosing:     "CLOSING",
}

// The possible states of the sockets of each protocol. Each has a point, even at 0.
var (
	tcpStates = []snapshot.SocketState{
		snapshot.SocketEstablished, snapshot.SocketSynSent, snapshot.SocketSynRecv, snapshot.SocketFinWait1,
		snapshot.SocketFinWait2, snapshot.SocketTimeWait, snapshot.SocketClose, snapshot.SocketCloseWait,
		snapshot.SocketLastAck, snapshot.SocketListen, snapshot.SocketClosing,
	}
	udpStates  = []snapshot.SocketState{snapshot.SocketEstablished, snapshot.SocketClose}
	unixStates = []snapshot.SocketState{snapshot.SocketEstablished, snapshot.SocketListen, snapshot.SocketClose}
)

var networkTypes = [snapshot.NumIPVersions]metadata.AttributeConnectionsNetworkType{
	snapshot.IPv4: metadata.AttributeConnectionsNetworkTypeIpv4,
	snapshot.IPv6: metadata.AttributeConnectionsNetworkTypeIpv6,
}

func (p *points) recordConnections(c *snapshot.Connections) {
	p.recordVersions(c, &c.TCP, tcpStates, metadata.AttributeConnectionsProtocolTCP,
		func(o *snapshot.OwnedSockets) *versions { return &o.TCP })
	p.recordVersions(c, &c.UDP, udpStates, metadata.AttributeConnectionsProtocolUDP,
		func(o *snapshot.OwnedSockets) *versions { return &o.UDP })
	p.recordSockets(c, &c.Unix, unixStates, metadata.AttributeConnectionsProtocolUnix, 0,
		func(o *snapshot.OwnedSockets) socketsByState { return o.Unix })
	p.listeners.record(c)
	p.recordProtocols(&c.Protocols)
}

// recordVersions records the sockets of one protocol. Without network.type, IPv4 and IPv6 are added up, whatever the aggregation
// strategy that merges other attributes: the number of sockets in a state is their sum.
func (p *points) recordVersions(
	c *snapshot.Connections, all *[snapshot.NumIPVersions]snapshot.SocketCounts, states []snapshot.SocketState,
	protocol metadata.AttributeConnectionsProtocol, part func(*snapshot.OwnedSockets) *versions,
) {
	v4, v6 := &all[snapshot.IPv4], &all[snapshot.IPv6]
	if p.SystemNetworkConnections.KeepsNetworkType() || !v4.Known || !v6.Known || v4.Owned != v6.Owned {
		for v, network := range networkTypes {
			p.recordSockets(c, &all[v], states, protocol, network,
				func(o *snapshot.OwnedSockets) socketsByState { return part(o)[v] })
		}
		return
	}
	both := *v4
	both.ByState = sum(&v4.ByState, &v6.ByState)
	p.recordSockets(c, &both, states, protocol, 0, func(o *snapshot.OwnedSockets) socketsByState {
		of := part(o)
		return sum(&of[snapshot.IPv4], &of[snapshot.IPv6])
	})
}

type versions = [snapshot.NumIPVersions]socketsByState

func sum(a, b *socketsByState) (s socketsByState) {
	for state := range s {
		s[state] = a[state] + b[state]
	}
	return s
}

type socketsByState = [snapshot.NumSocketStates]uint64

// recordSockets records the sockets of one protocol and IP version; part selects those among the sockets of an owner.
func (p *points) recordSockets(
	c *snapshot.Connections, all *snapshot.SocketCounts, states []snapshot.SocketState,
	protocol metadata.AttributeConnectionsProtocol, network metadata.AttributeConnectionsNetworkType,
	part func(*snapshot.OwnedSockets) socketsByState,
) {
	if !all.Known {
		return
	}
	record := func(byState socketsByState, o snapshot.Owner) {
		for _, state := range states {
			p.SystemNetworkConnections.Record(signed(byState[state]), protocol, stateNames[state], network, o.Unit, o.Container, o.Name)
		}
	}
	if !all.Owned || !p.connectionOwners {
		record(all.ByState, snapshot.Owner{})
		return
	}
	for i := range c.Owned {
		// The first has no owner; its zeros give every state a point.
		if byState := part(&c.Owned[i]); i == 0 || byState != (socketsByState{}) {
			record(byState, c.Owned[i].Owner)
		}
	}
	for _, n := range part(&c.Surplus) {
		if n > 0 {
			p.SystemNetworkConnections.RecordOverflow(signed(n))
		}
	}
}

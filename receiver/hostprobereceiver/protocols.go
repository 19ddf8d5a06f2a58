// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// protocolMetricNames belong to the part protocols of the connections scraper.
var protocolMetricNames = []string{
	"system.network.socket.count",
	"system.network.socket.memory.usage",
	"system.network.tcp.connections.opened",
	"system.network.tcp.listen.drops",
	"system.network.tcp.listen.overflows",
	"system.network.tcp.resets",
	"system.network.tcp.retransmits",
	"system.network.tcp.segments",
	"system.network.tcp.timeouts",
	"system.network.udp.errors",
}

// wantedProtocols selects the protocol counters that an enabled metric reports.
func wantedProtocols(m *metadata.MetricsConfig) snapshot.ProtocolWant {
	return snapshot.ProtocolWant{
		Sockets:      m.SystemNetworkSocketCount.Enabled,
		SocketMemory: m.SystemNetworkSocketMemoryUsage.Enabled,
		TCP: m.SystemNetworkTCPConnectionsOpened.Enabled || m.SystemNetworkTCPResets.Enabled ||
			m.SystemNetworkTCPRetransmits.Enabled || m.SystemNetworkTCPSegments.Enabled,
		TCPExtended: m.SystemNetworkTCPListenDrops.Enabled || m.SystemNetworkTCPListenOverflows.Enabled ||
			m.SystemNetworkTCPTimeouts.Enabled,
		UDPErrors: m.SystemNetworkUDPErrors.Enabled,
	}
}

var transports = [snapshot.NumTransports]metadata.AttributeConnectionsSocketTransport{
	snapshot.TransportTCP:     metadata.AttributeConnectionsSocketTransportTCP,
	snapshot.TransportUDP:     metadata.AttributeConnectionsSocketTransportUDP,
	snapshot.TransportUDPLite: metadata.AttributeConnectionsSocketTransportUdplite,
	snapshot.TransportRaw:     metadata.AttributeConnectionsSocketTransportRaw,
}

var udpErrors = [snapshot.NumUDPErrors]metadata.AttributeConnectionsUDPErrorType{
	snapshot.UDPReceiveBuffer: metadata.AttributeConnectionsUDPErrorTypeReceiveBuffer,
	snapshot.UDPSendBuffer:    metadata.AttributeConnectionsUDPErrorTypeSendBuffer,
	snapshot.UDPNoPort:        metadata.AttributeConnectionsUDPErrorTypeNoPort,
	snapshot.UDPChecksum:      metadata.AttributeConnectionsUDPErrorTypeChecksum,
	snapshot.UDPOther:         metadata.AttributeConnectionsUDPErrorTypeOther,
}

func (p *points) recordProtocols(s *snapshot.Protocols) {
	const (
		receive, transmit = metadata.AttributeConnectionsIoDirectionReceive, metadata.AttributeConnectionsIoDirectionTransmit
		active, passive   = metadata.AttributeConnectionsTCPOpenTypeActive, metadata.AttributeConnectionsTCPOpenTypePassive
	)
	for t, transport := range transports {
		for v, network := range networkTypes {
			recordKnown(s.Sockets[t][v], func(n int64) { p.SystemNetworkSocketCount.Record(n, transport, network) })
		}
		recordKnown(s.SocketMemory[t], func(n int64) { p.SystemNetworkSocketMemoryUsage.Record(n, transport) })
	}
	recordKnown(s.SegmentsReceived, func(n int64) { p.SystemNetworkTCPSegments.Record(n, receive) })
	recordKnown(s.SegmentsSent, func(n int64) { p.SystemNetworkTCPSegments.Record(n, transmit) })
	recordKnown(s.SegmentsRetransmitted, p.SystemNetworkTCPRetransmits.Record)
	recordKnown(s.ConnectionsActive, func(n int64) { p.SystemNetworkTCPConnectionsOpened.Record(n, active) })
	recordKnown(s.ConnectionsPassive, func(n int64) { p.SystemNetworkTCPConnectionsOpened.Record(n, passive) })
	recordKnown(s.ResetsSent, func(n int64) { p.SystemNetworkTCPResets.Record(n, transmit) })
	recordKnown(s.Timeouts, p.SystemNetworkTCPTimeouts.Record)
	recordKnown(s.ListenOverflows, p.SystemNetworkTCPListenOverflows.Record)
	recordKnown(s.ListenDrops, p.SystemNetworkTCPListenDrops.Record)
	for kind, name := range udpErrors {
		recordKnown(s.UDPErrors[kind], func(n int64) { p.SystemNetworkUDPErrors.Record(n, name) })
	}
}

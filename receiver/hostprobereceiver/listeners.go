// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"net/netip"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/record"
)

// listenerMetricNames belong to the part listening_ports of the connections scraper.
var listenerMetricNames = []string{
	"system.network.listener.backlog.limit",
	"system.network.listener.backlog.usage",
	"system.network.listener.connection.dropped",
	"system.network.listener.packet.dropped",
	"system.network.udp.receive_queue.usage",
}

func wantListeners(m *metadata.MetricsConfig, want *snapshot.Want) {
	want.Connections.Listeners = m.SystemNetworkListenerBacklogUsage.Enabled || m.SystemNetworkListenerBacklogLimit.Enabled ||
		m.SystemNetworkListenerConnectionDropped.Enabled || m.SystemNetworkListenerPacketDropped.Enabled ||
		m.SystemNetworkUDPReceiveQueueUsage.Enabled
	owners := &want.Connections.Owners
	wantOwners(owners, m.SystemNetworkListenerBacklogUsage.Enabled, m.SystemNetworkListenerBacklogUsage.EnabledAttributes)
	wantOwners(owners, m.SystemNetworkListenerBacklogLimit.Enabled, m.SystemNetworkListenerBacklogLimit.EnabledAttributes)
	wantOwners(owners, m.SystemNetworkListenerConnectionDropped.Enabled, m.SystemNetworkListenerConnectionDropped.EnabledAttributes)
	wantOwners(owners, m.SystemNetworkListenerPacketDropped.Enabled, m.SystemNetworkListenerPacketDropped.EnabledAttributes)
	wantOwners(owners, m.SystemNetworkUDPReceiveQueueUsage.Enabled, m.SystemNetworkUDPReceiveQueueUsage.EnabledAttributes)
}

// listenerMetric is a metric of listeners.
type listenerMetric interface {
	Record(v int64, transport metadata.AttributeConnectionsTransport, port int64, network metadata.AttributeConnectionsNetworkType,
		address, unit, container, executable string)
	RecordOverflow(v int64)
	KeepsLocalAddress() bool
	ownedMetric
}

// ownedMetric is a metric that can be split by socket owner.
type ownedMetric interface {
	KeepsUnitName() bool
	KeepsContainerID() bool
	KeepsExecutableName() bool
}

func splitsByOwner(m ownedMetric) bool {
	return m.KeepsUnitName() || m.KeepsContainerID() || m.KeepsExecutableName()
}

// listenerMetrics are the metrics of listeners. Several sockets may listen on the same address and port (SO_REUSEPORT), and no
// attribute distinguishes them. Drops are those since the previous snapshot: a series accumulates what its sockets dropped
// while they existed.
type listenerMetrics struct {
	backlog, limit, connectionsDropped listenerMetric
	receiveQueue, packetsDropped       listenerMetric
	addresses                          addressNames
}

func newListenerMetrics(r *record.Recorder) listenerMetrics {
	r.SystemNetworkListenerBacklogUsage.Fold()
	r.SystemNetworkListenerBacklogLimit.Fold()
	r.SystemNetworkUDPReceiveQueueUsage.Fold()
	r.SystemNetworkListenerConnectionDropped.Accumulate()
	r.SystemNetworkListenerPacketDropped.Accumulate()
	m := listenerMetrics{
		backlog:            &r.SystemNetworkListenerBacklogUsage,
		limit:              &r.SystemNetworkListenerBacklogLimit,
		connectionsDropped: &r.SystemNetworkListenerConnectionDropped,
		receiveQueue:       &r.SystemNetworkUDPReceiveQueueUsage,
		packetsDropped:     &r.SystemNetworkListenerPacketDropped,
	}
	for _, metric := range []listenerMetric{m.backlog, m.limit, m.connectionsDropped, m.receiveQueue, m.packetsDropped} {
		m.addresses.wanted = m.addresses.wanted || metric.KeepsLocalAddress()
	}
	return m
}

func (m *listenerMetrics) record(c *snapshot.Connections) {
	for i := range c.Listeners {
		l := &c.Listeners[i]
		if l.UDP {
			m.recordOne(m.receiveQueue, l, l.Queue)
			m.recordOne(m.packetsDropped, l, l.Dropped)
			continue
		}
		m.recordOne(m.backlog, l, l.Queue)
		m.recordOne(m.limit, l, l.Limit)
		m.recordOne(m.connectionsDropped, l, l.Dropped)
	}
	recordOthers(m.receiveQueue, c.OtherUDP.Queue)
	recordOthers(m.packetsDropped, c.OtherUDP.Dropped)
}

func (m *listenerMetrics) recordOne(metric listenerMetric, l *snapshot.Listener, q snapshot.Quantity) {
	switch {
	case !q.Known:
	case l.Surplus && splitsByOwner(metric):
		metric.RecordOverflow(signed(q.N))
	default:
		transport, network := metadata.AttributeConnectionsTransportTCP, networkTypes[snapshot.IPv4]
		if l.UDP {
			transport = metadata.AttributeConnectionsTransportUDP
		}
		if l.IPv6 {
			network = networkTypes[snapshot.IPv6]
		}
		metric.Record(signed(q.N), transport, int64(l.Local.Port), network, m.addresses.name(l), l.Owner.Unit, l.Owner.Container, l.Owner.Name)
	}
}

// recordOthers records the sum of the UDP sockets that are not listeners, as a point without port.
func recordOthers(metric listenerMetric, q snapshot.Quantity) {
	if q.Known {
		metric.Record(signed(q.N), metadata.AttributeConnectionsTransportUDP, record.Unknown, 0, "", "", "", "")
	}
}

// addressNames caches the text of the addresses that listeners are bound to, which are few and rarely change.
type addressNames struct {
	wanted bool
	names  map[netip.Addr]string
}

// maxAddressNames bounds the cache.
const maxAddressNames = 1024

func (a *addressNames) name(l *snapshot.Listener) string {
	if !a.wanted {
		return ""
	}
	address := netip.AddrFrom4([4]byte(l.Local.IP[:4]))
	if l.IPv6 {
		address = netip.AddrFrom16(l.Local.IP)
	}
	name, ok := a.names[address]
	if !ok {
		if a.names == nil || len(a.names) >= maxAddressNames {
			a.names = map[netip.Addr]string{}
		}
		name = address.String()
		a.names[address] = name
	}
	return name
}

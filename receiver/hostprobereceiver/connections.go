// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// stateNames are the kernel's names, which host_metrics has too.
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

// The states that a socket of each protocol can be in: each has a point, also when no socket is in it.
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
	for v, network := range networkTypes {
		p.recordSockets(&c.TCP[v], tcpStates, metadata.AttributeConnectionsProtocolTCP, network)
		p.recordSockets(&c.UDP[v], udpStates, metadata.AttributeConnectionsProtocolUDP, network)
	}
	p.recordSockets(&c.Unix, unixStates, metadata.AttributeConnectionsProtocolUnix, 0)
	p.listeners.record(c)
	p.recordProtocols(&c.Protocols)
}

func (p *points) recordSockets(
	c *snapshot.SocketCounts, states []snapshot.SocketState,
	protocol metadata.AttributeConnectionsProtocol, network metadata.AttributeConnectionsNetworkType,
) {
	if !c.Known {
		return
	}
	for _, state := range states {
		p.SystemNetworkConnections.Record(signed(c.ByState[state]), protocol, stateNames[state], network)
	}
}

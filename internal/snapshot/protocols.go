// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Transport is a transport protocol with sockets of its own.
type Transport uint8

// The transports.
const (
	TransportTCP Transport = iota
	TransportUDP
	TransportUDPLite
	TransportRaw
	// NumTransports is how many there are.
	NumTransports
)

// UDPError is a kind of error of UDP. They do not overlap.
type UDPError uint8

// The kinds.
const (
	UDPReceiveBuffer UDPError = iota // The receive buffer of a socket was full.
	UDPSendBuffer                    // There was no memory to send a packet.
	UDPNoPort                        // No socket had the packet's port.
	UDPChecksum                      // A packet came broken.
	UDPOther
	// NumUDPErrors is how many there are.
	NumUDPErrors
)

// Protocols is what the transport protocols of the host's network namespace count by themselves, since it was made.
type Protocols struct {
	Sockets      [NumTransports][NumIPVersions]Quantity // Without those in TIME_WAIT.
	SocketMemory [NumTransports]Quantity                // In bytes, of all namespaces.

	// TCP over IPv4 and IPv6.
	SegmentsReceived, SegmentsSent         Quantity // Sent again is not sent.
	SegmentsRetransmitted                  Quantity
	ConnectionsActive, ConnectionsPassive  Quantity // Opened from here, and accepted here.
	ResetsSent                             Quantity
	Timeouts, ListenOverflows, ListenDrops Quantity
	// UDPErrors is of UDP over IPv4 and IPv6.
	UDPErrors [NumUDPErrors]Quantity
}

// ProtocolWant selects counters of Protocols by the file that has them.
type ProtocolWant struct {
	Sockets, SocketMemory bool
	TCP, TCPExtended      bool // TCPExtended: Timeouts, ListenOverflows and ListenDrops.
	UDPErrors             bool
}

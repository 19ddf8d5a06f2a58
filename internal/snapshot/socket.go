// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Address is the address and port of one end of a socket.
type Address struct {
	IP   [16]byte // The first 4 bytes where the socket is not IPv6.
	Port uint16
}

// Owner is the process that holds a socket, as far as it is known.
type Owner struct {
	PID  int32  // 0 is unknown.
	Name string // Interned.
}

// TCPSocket is one TCP socket in a list.
type TCPSocket struct {
	IPv6                 bool
	State                uint8 // As the kernel numbers them, include/net/tcp_states.h.
	Local, Remote        Address
	ReceiveQueue, Unsent uint32 // In bytes.
	Owner                Owner
}

// UDPSocket is one UDP socket in a list.
type UDPSocket struct {
	IPv6          bool
	Connected     bool
	Local, Remote Address
	ReceiveQueue  uint32 // In bytes.
	Owner         Owner
}

// UnixSocket is one unix socket in a list.
type UnixSocket struct {
	Type, State uint8
	Path        string // Interned. Empty where the socket has no name.
	Owner       Owner
}

// Listener is a socket that waits for peers: TCP for connections, UDP for packets.
type Listener struct {
	IPv6, UDP bool
	Local     Address
	// Queue is what waits in it: TCP connections to be accepted, bytes of UDP packets to be read.
	Queue Quantity
	// Limit is how many connections may wait. UDP has none.
	Limit Quantity
	// Dropped is how many connection attempts or packets it has dropped since the snapshot before, or since it began.
	Dropped Quantity
	Owner   Owner
}

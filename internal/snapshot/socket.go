// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Address is the address and port of one end of a socket.
type Address struct {
	IP   [16]byte // The first 4 bytes where the socket is not IPv6.
	Port uint16
}

// Owner is who a socket belongs to, as far as it is known and was requested. All of its text is kept by the probe, so
// that it may be kept by others too.
type Owner struct {
	// Unit is the systemd unit, and Container the id of the container, that the socket was opened in: they are parts of
	// the path of its cgroup, and so the claim of the process that created that.
	Unit, Container string
	// Name is the file name of the program, and PID the number, of one of the processes that hold the socket.
	Name string
	PID  int32 // 0 is unknown.
}

// TCPSocket is one TCP socket in a list.
type TCPSocket struct {
	IPv6                    bool
	State                   SocketState
	Local, Remote           Address
	ReceiveQueue, SendQueue uint32 // In bytes.
	Owner                   Owner
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
	Type  uint8 // SOCK_STREAM 1, SOCK_DGRAM 2, SOCK_SEQPACKET 5.
	State SocketState
	Path  string // Kept by the probe, as an owner's text is. Empty where the socket has no name.
	Owner Owner
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
	// Surplus says that its owner is one of those beyond max_owners.
	Surplus bool
}

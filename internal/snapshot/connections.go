// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// SocketState is a state of a socket, as include/net/tcp_states.h numbers them. UDP and unix sockets use some of them.
type SocketState uint8

// The states.
const (
	SocketEstablished SocketState = iota + 1
	SocketSynSent
	SocketSynRecv
	SocketFinWait1
	SocketFinWait2
	SocketTimeWait
	SocketClose // A UDP or unix socket without a peer too.
	SocketCloseWait
	SocketLastAck
	SocketListen
	SocketClosing
	// NumSocketStates is one more than the largest.
	NumSocketStates
)

// IPVersion is the version of the Internet Protocol of a socket's family: an IPv6 socket may carry IPv4.
type IPVersion uint8

// The versions.
const (
	IPv4 IPVersion = iota
	IPv6
	// NumIPVersions is how many there are.
	NumIPVersions
)

// SocketCounts is how many sockets there are in each state.
type SocketCounts struct {
	Known   bool
	ByState [NumSocketStates]uint64
	// Owned says that these sockets are in Connections.Owned too.
	Owned bool
}

// OwnedSockets is how many sockets one owner has, in each state.
type OwnedSockets struct {
	// Owner is without PID: several processes of one name are one owner. Empty, it is that of sockets whose owner is
	// unknown.
	Owner    Owner
	TCP, UDP [NumIPVersions][NumSocketStates]uint64
	Unix     [NumSocketStates]uint64
}

// Connections is the sockets of the host's network namespace.
type Connections struct {
	TCP, UDP [NumIPVersions]SocketCounts
	Unix     SocketCounts
	// Listeners are the TCP sockets in LISTEN, and the UDP sockets without a peer that were there in the snapshot before.
	Listeners []Listener
	// OtherUDP are the UDP sockets that are no listeners.
	OtherUDP UDPQueues
	// TCPSockets is a list of TCP sockets, without those that listen: of so many that were shown, those in states worth most.
	TCPSockets     []TCPSocket
	TCPSocketsSeen uint64
	// UDPSockets and UnixSockets are lists of those, under the same bound.
	UDPSockets                      []UDPSocket
	UnixSockets                     []UnixSocket
	UDPSocketsSeen, UnixSocketsSeen uint64
	// Listed says which lists were made, whether there was anything to put into them or not.
	Listed SocketLists
	// Owned are the sockets by owner, where owners are requested.
	Owned []OwnedSockets
	// Surplus are the sockets of the owners beyond max_owners, taken together.
	Surplus OwnedSockets
	// Holdable is how many sockets were shown that can have an owner: those in TIME_WAIT have none, nor have those that
	// wait to be accepted. Attributed is of how many of these an owner is known.
	Holdable, Attributed uint64
	// Protocols is what the protocols count.
	Protocols Protocols
	// Fallback says that they were counted in /proc/net, and not by the kernel's sock_diag.
	Fallback bool
}

// UDPQueues is what several UDP sockets come to.
type UDPQueues struct {
	Queue   Quantity // Bytes of packets that wait to be read.
	Dropped Quantity // Packets dropped since the snapshot before, or since a socket began.
}

// SocketLists is a set of lists of sockets.
type SocketLists struct{ TCP, UDP, Unix, Listeners bool }

// ConnectionsWant selects fields of Connections.
type ConnectionsWant struct {
	TCPStates  bool // TCP.
	UDPStates  bool // UDP.
	UnixStates bool // Unix.
	Listeners  bool // Listeners and OtherUDP.
	// Socket lists, with owners.
	TCPSockets, UDPSockets, UnixSockets bool
	ListenerOwners                      bool // Listener.Owner by process, whatever Owners selects.
	Protocols                           ProtocolWant
	// Owners selects how sockets are attributed in Owned and in Listener.Owner.
	Owners OwnerWant
}

// SocketLists reports whether sockets are listed one by one, with their owners.
func (w *ConnectionsWant) SocketLists() bool {
	return w.TCPSockets || w.UDPSockets || w.UnixSockets || w.ListenerOwners
}

// OwnerWant selects by what sockets are attributed to their owners.
type OwnerWant struct {
	Unit, Container bool // Owner.Unit and Owner.Container, by cgroup.
	Process         bool // Owner.Name and Owner.PID.
}

// Any reports whether sockets are attributed at all.
func (w OwnerWant) Any() bool { return w.Unit || w.Container || w.Process }

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Network is the network interfaces of the host's network namespace, and what the kernel does for all of them.
type Network struct {
	// Interfaces are those that are selected, each name once.
	Interfaces []Interface

	Conntrack, ConntrackLimit Quantity // Connections that are tracked, and that can be.

	// Counted since boot.
	SoftnetDropped  Quantity // Packets dropped because the backlog of a CPU was full.
	SoftnetSqueezed Quantity // Times that a CPU ran out of its budget with packets left to process.
}

// Interface is one network interface. Its numbers are counted since Start.
type Interface struct {
	Name string // Interned.
	// Start is when its counters began anew, in nanoseconds since the Unix epoch. 0 is at boot: one that came later had
	// counted nothing until then.
	Start          int64
	Counted        bool // Received and Sent were read.
	Received, Sent InterfaceTraffic
	// Last has what was known last of the counters that are unknown now: a sum over interfaces that is not to fall must
	// include it.
	Last struct{ Received, Sent InterfaceTraffic }

	ID             string   // Path of the hardware below /sys. Empty where there is none.
	Up             Quantity // 1 if it can pass packets, else 0.
	Speed          Quantity // Bytes per second.
	MTU            Quantity // Bytes.
	CarrierChanges Quantity // How often the link was lost or came back.
	MAC            string   // Hardware address. Interned. Empty where there is none.
	Flags          InterfaceFlags
	FlagsKnown     bool
}

// InterfaceFlags is a set of what an interface is and may do.
type InterfaceFlags uint8

// The flags.
const (
	InterfaceUp InterfaceFlags = 1 << iota // An administrator has set it up: whether it can pass packets is another question.
	InterfaceBroadcast
	InterfaceLoopback
	InterfacePointToPoint
	InterfacePromiscuous
	InterfaceMulticast
)

// InterfaceTraffic is one direction of an interface.
type InterfaceTraffic struct {
	Bytes, Packets, Errors, Dropped Quantity
}

// Counters are all of its numbers.
func (t *InterfaceTraffic) Counters() [4]*Quantity {
	return [...]*Quantity{&t.Bytes, &t.Packets, &t.Errors, &t.Dropped}
}

// NetworkWant selects fields of Network.
type NetworkWant struct {
	Interfaces bool
	// Links selects what is read of each interface beside its traffic.
	Links     LinkWant
	Conntrack bool // Conntrack and ConntrackLimit.
	Softnet   bool // SoftnetDropped and SoftnetSqueezed.
}

// LinkWant selects fields of Interface. Each costs one system call per interface.
type LinkWant struct{ Up, Speed, MTU, CarrierChanges, MAC, Flags bool }

// Any reports whether any field is selected.
func (w LinkWant) Any() bool { return w != LinkWant{} }

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package snapshot is a host at one moment, in plain structs.
//
// It speaks neither the kernel's words nor those of OpenTelemetry. Every number is an integer: bytes, nanoseconds,
// hertz, counts. What could not be read is absent, never zero and never the value of the moment before.
package snapshot

// Snapshot is a host at one moment. Its owner resets and fills it again for each scrape; slices in it are reused,
// so they are valid until the next Reset.
type Snapshot struct {
	// Time is when the snapshot was taken, in nanoseconds since the Unix epoch: the one time of all that is made of it.
	Time int64
	// BootTime is when the host booted, in the same unit, constant for the life of the probe. 0 is unknown.
	BootTime int64
	// Filled says which of the domains below were read.
	Filled Domains

	CPU         CPU
	Memory      Memory
	Load        Load
	Paging      Paging
	Disks       Disks
	NFS         NFS
	System      System
	Pressure    Pressure
	Network     Network
	Connections Connections
	Processes   Processes
	ProcessList ProcessList
	Filesystem  Filesystem
	Thermal     Thermal
	Quota       Quota
	Runtime     Runtime
	Self        Self
}

// Reset makes s an empty snapshot of the time given, keeping the memory of its slices.
func (s *Snapshot) Reset(time int64) {
	s.NFS.reset()
	*s = Snapshot{
		Time:   time,
		CPU:    CPU{Online: s.CPU.Online[:0], Offline: s.CPU.Offline[:0], Frequencies: s.CPU.Frequencies[:0]},
		Paging: Paging{Areas: s.Paging.Areas[:0]},
		Disks:  Disks{Devices: s.Disks.Devices[:0]},
		NFS:    s.NFS,

		Network: Network{Interfaces: s.Network.Interfaces[:0]},
		Connections: Connections{
			Listeners: s.Connections.Listeners[:0], TCPSockets: s.Connections.TCPSockets[:0], Owned: s.Connections.Owned[:0],
			UDPSockets: s.Connections.UDPSockets[:0], UnixSockets: s.Connections.UnixSockets[:0],
		},
		ProcessList: ProcessList{List: s.ProcessList.List[:0], Top: s.ProcessList.Top[:0], Groups: s.ProcessList.Groups[:0]},

		Filesystem: Filesystem{Mounts: s.Filesystem.Mounts[:0], Hung: s.Filesystem.Hung[:0]},
		Thermal:    Thermal{Sensors: s.Thermal.Sensors[:0]},
		Quota:      Quota{IOLimits: s.Quota.IOLimits[:0]},
		Runtime:    Runtime{Available: s.Runtime.Available[:0]},
	}
}

// Quantity is a number that a host may not have, or that could not be read.
type Quantity struct {
	N     uint64
	Known bool
}

// Known is the quantity n.
func Known(n uint64) Quantity { return Quantity{N: n, Known: true} }

// Since is how much a counter has grown from before to q. One that has fallen has not grown: the kernel corrects some a
// little, and others begin anew. It is unknown when one of both is.
func (q Quantity) Since(before Quantity) Quantity {
	if !before.Known || !q.Known {
		return Quantity{}
	}
	if q.N < before.N {
		return Known(0)
	}
	return Known(q.N - before.N)
}

// Fell reports whether a counter is lower than before, as after a reset. It is false while one of both is unknown.
func (q Quantity) Fell(before Quantity) bool { return before.Known && q.Known && q.N < before.N }

// Or returns q, or where it is unknown, what was known last. A sum of counters that is not to fall has that of each.
func (q Quantity) Or(last Quantity) Quantity {
	if q.Known {
		return q
	}
	return last
}

// KeepLast keeps in remembered what is known of a counter, and makes last what was known before where it is unknown now.
func (q Quantity) KeepLast(remembered, last *Quantity) {
	if q.Known {
		*remembered = q
	} else {
		*last = *remembered
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package network reads the network interfaces of a Linux host below its root, and the kernel's network counters that
// belong to no interface.
//
//	proc/net/dev             bytes, packets, errors and drops of each interface
//	sys/class/net/NAME/      state, speed, MTU, carrier changes, hardware address and flags of each interface
//	proc/net/softnet_stat    packets dropped and budgets exhausted by each CPU
//	proc/sys/net/netfilter/nf_conntrack_{count,max}
//
// Each of them shows one network namespace. proc/net shows that of its reader, so below a root proc/1/net is read instead.
// sys/class/net shows that of the process that mounted it, so each interface there is compared with that of the host.
// proc/sys/net shows that of its reader. If the host's is another, or cannot be compared with the collector's, conntrack
// and the attributes from sysfs are omitted.
//
// Each requested file of proc costs one read per scrape. If attributes are requested, an interface costs one read of its
// uevent in sysfs, and about one for each field of snapshot.LinkWant. The first 256 files stay open, the others are opened
// at each scrape. The steady state allocates nothing.
//
// Other operating systems have no source here, but share the history.
package network

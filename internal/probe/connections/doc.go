// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package connections reads the sockets of the host's network namespace: counts by state and by owner, listeners, socket
// lists, and the kernel's counters of TCP and UDP.
//
// A scrape is one pass: dump, resolve owners, publish.
//
//   - Sockets come from NETLINK_SOCK_DIAG, one dump for each protocol. A record is counted as it arrives, so counting
//     allocates nothing and its memory does not grow with the sockets. A dump costs about 1 µs of CPU per socket, nearly all
//     of it in the kernel. Above 2,048 ESTABLISHED TCP sockets those are derived from /proc/net/sockstat instead of dumped,
//     unless owners or lists are requested. If sock_diag is unavailable, or the host's network namespace is not the
//     collector's, /proc/net/{tcp,tcp6,udp,udp6} are read instead; they lack unix sockets and the backlog of listeners.
//   - Owners are resolved only if requested. The record of a TCP or UDP socket has the id of its cgroup, whose unit and
//     container follow from its path: the cgroup hierarchy is walked when an unknown id appears. The process that has a
//     socket open is found by its inode in /proc/PID/fd: all processes are scanned when an unknown inode appears, for at
//     most 100 ms per scrape.
//   - Counters come from /proc/net/{snmp,snmp6,netstat,sockstat,sockstat6}, a few microseconds for all of them.
package connections

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"golang.org/x/tools/txtar"
)

// network is a host of virtual machines: a bond of two interfaces, one of which has no link, VLANs on it, a bridge with
// the interfaces of guests, tunnels, and names that have what scripts trip over. In between a guest comes and another one
// goes, and tun0 is made anew.
func network(moment int) []txtar.File {
	c := newCounts(moment)
	files := base("network", moment)
	var dev strings.Builder
	dev.WriteString(netDevHeader)
	for i, link := range links {
		fresh := c.line("", 8)
		sent := c.line("", 8)
		if link.gone && moment == 1 || link.comes && moment == 0 {
			continue
		}
		if link.reset && moment == 1 {
			fresh, sent = " 60 1 0 0 0 0 0 0\n", " 0 0 0 0 0 0 0 0\n"
		}
		fmt.Fprintf(&dev, "%6s:%s%s", link.name, strings.TrimSuffix(fresh, "\n"), sent)
		index := i + 1
		if link.reset {
			index += 100 * moment
		}
		files = append(files, sysLink(&link, index)...)
	}
	return append(files,
		text("proc/1/net/dev", dev.String()),
		text("proc/1/net/snmp", "Ip: Forwarding DefaultTTL InReceives InHdrErrors\nIp: 1 64"+c.line("", 2)+
			"Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors\nTcp: 1 200 120000 -1"+c.line("", 11)+
			"Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors\nUdp:"+c.line("", 9)),
		text("proc/1/net/netstat", "TcpExt: SyncookiesSent SyncookiesRecv SyncookiesFailed ListenOverflows ListenDrops TCPTimeouts TCPSynRetrans\nTcpExt:"+c.line("", 7)+
			"IpExt: InNoRoutes InTruncatedPkts InMcastPkts OutMcastPkts\nIpExt:"+c.line("", 4)),
		text("proc/1/net/sockstat", fmt.Sprintf("sockets: used %d\nTCP: inuse 27 orphan 1 tw 6 alloc 30 mem 4\nUDP: inuse 9 mem 3\nUDPLITE: inuse 0\nRAW: inuse 1\nFRAG: inuse 0 memory 0\n", 300+moment)),
		text("proc/1/net/sockstat6", "TCP6: inuse 12\nUDP6: inuse 5\nUDPLITE6: inuse 0\nRAW6: inuse 1\nFRAG6: inuse 0 memory 0\n"),
		text("proc/1/net/softnet_stat", fmt.Sprintf("%08x 00000000 00000003 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000\n", 70000+999*moment)),
		text("proc/1/net/tcp", sockets+fmt.Sprintf("   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 %d 1 0000000000000000 100 0 0 10 0\n", 4000+moment)),
		text("proc/1/net/tcp6", sockets),
		text("proc/1/net/udp", sockets),
		text("proc/1/net/udp6", sockets),
		text("proc/sys/net/netfilter/nf_conntrack_count", fmt.Sprintf("%d\n", 4321+17*moment)),
		text("proc/sys/net/netfilter/nf_conntrack_max", "262144\n"),
	)
}

const (
	netDevHeader = "Inter-|   Receive                                                |  Transmit\n" +
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
	sockets = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
)

// netLink is an interface.
type netLink struct {
	name   string
	device string // The hardware's place below /sys/devices; empty for what is made of software.
	speed  int
	down   bool // Without a link.

	comes, gone, reset bool // In between.
}

var links = []netLink{
	{name: "lo"},
	{name: "enp1s0", device: "pci0000:00/0000:00:02.0/0000:01:00.0", speed: 25000},
	{name: "enp1s1", device: "pci0000:00/0000:00:02.0/0000:01:00.1", speed: 25000, down: true},
	{name: "eth0", device: "pci0000:00/0000:00:03.0", speed: 1000},
	{name: "bond0", speed: 50000},
	{name: "bond0.100", speed: 50000},
	{name: "eth0.100", speed: 1000},
	{name: "eth0.4094", speed: 1000},
	{name: "br0", speed: 1000},
	{name: "veth1a2b3c4", speed: 10000},
	{name: "vnet0", speed: 10000, gone: true},
	{name: "vnet1", speed: 10000, comes: true},
	{name: "tun0", speed: 10, reset: true},
	{name: "wg0"},
	{name: "eth0:1", speed: 1000},
	{name: "a\"b\\c", speed: -1},
	{name: "fifteen-letters", speed: -1},
}

// sysLink is what /sys/class/net has of an interface.
func sysLink(l *netLink, index int) []txtar.File {
	dir := "sys/devices/virtual/net/" + l.name
	if l.device != "" {
		dir = "sys/devices/" + l.device + "/net/" + l.name
	}
	state, carrier := "up", "1"
	if l.down {
		state, carrier = "down", "0"
	}
	files := []txtar.File{
		{Name: "sys/class/net/" + l.name + " -> ../../" + strings.TrimPrefix(dir, "sys/")},
		text(dir+"/ifindex", fmt.Sprintf("%d\n", index)),
		text(dir+"/mtu", "1500\n"),
		text(dir+"/operstate", state+"\n"),
		text(dir+"/carrier", carrier+"\n"),
	}
	if l.speed != 0 {
		files = append(files, text(dir+"/speed", fmt.Sprintf("%d\n", l.speed)))
	}
	return files
}

func text(name, data string) txtar.File { return txtar.File{Name: name, Data: []byte(data)} }

// base is what every host has.
func base(name string, moment int) []txtar.File {
	return []txtar.File{
		text("etc/hostname", name+"\n"),
		text("etc/machine-id", fmt.Sprintf("%032x\n", name)[:32]+"\n"),
		text("etc/os-release", "PRETTY_NAME=\"Generated Linux 1\"\nVERSION_ID=1\n"),
		text("proc/stat", fmt.Sprintf("cpu  %[1]d 0 0 0 0 0 0 0 0 0\ncpu0 %[1]d 0 0 0 0 0 0 0 0 0\nbtime 1767225600\n", 1000+moment)),
		text("proc/uptime", fmt.Sprintf("%d.00 %d.00\n", 100000+60*moment, 90000+60*moment)),
		{Name: "proc/net -> 1/net"},
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// connectionsSource counts sockets as the kernel's sock_diag dumps them, record by record, without making a list. Where
// there is no sock_diag, or only that of another network namespace, it reads /proc/net.
type connectionsSource struct {
	*native
	sockets *socketDumps
	tcp     netFiles
	udp     netFiles
}

func newConnectionsSource(n *native) *connectionsSource {
	c := &connectionsSource{native: n}
	dir := "proc/net/"
	if n.namespace("net") == ownNamespace {
		c.sockets = &socketDumps{timeout: n.options.callTimeout()}
	} else {
		dir = n.netDir()
	}
	for v, suffix := range [snapshot.NumIPVersions]string{snapshot.IPv4: "", snapshot.IPv6: "6"} {
		c.tcp[v] = newKernelFile[procfs.NetSockets](n, dir+"tcp"+suffix, pseudofs.Records)
		c.udp[v] = newKernelFile[procfs.NetSockets](n, dir+"udp"+suffix, pseudofs.Records)
	}
	return c
}

func (c *connectionsSource) close() {
	if c.sockets != nil {
		c.sockets.close()
	}
}

func (c *connectionsSource) read(sc *scrape) (filled bool) {
	want, s := &c.options.Want, &sc.snapshot.Connections
	if want.TCPStates {
		filled = c.sockets != nil && c.sockets.countTCP(&s.TCP) == nil || c.countFiles(sc, &s.TCP, &c.tcp)
	}
	if want.UDPStates {
		filled = c.sockets != nil && c.sockets.countUDP(&s.UDP) == nil || c.countFiles(sc, &s.UDP, &c.udp) || filled
	}
	if want.UnixStates {
		filled = c.countUnix(sc, &s.Unix) || filled
	}
	return filled
}

type netFiles [snapshot.NumIPVersions]*kernelFile[procfs.NetSockets, *procfs.NetSockets]

// countFiles reads /proc/net instead. What sock_diag answered is not told, for /proc/net knows the same.
func (c *connectionsSource) countFiles(sc *scrape, counts *[snapshot.NumIPVersions]snapshot.SocketCounts, files *netFiles) (filled bool) {
	for v, file := range files {
		if text := file.read(sc); text != nil && text.Known {
			counts[v] = snapshot.SocketCounts{Known: true, ByState: text.ByState}
			filled = true
		}
	}
	sc.snapshot.Connections.Fallback = true
	return filled
}

// countUnix has no other source: in /proc/net/unix a name can hold whole lines that look like sockets.
func (c *connectionsSource) countUnix(sc *scrape, counts *snapshot.SocketCounts) bool {
	err := errOtherNamespace
	if c.sockets != nil {
		err = c.sockets.countUnix(counts)
	}
	if err != nil {
		sc.fault("sock_diag unix", err)
	}
	return err == nil
}

// netDir is the directory of the network files of the host below the root: /proc/net itself answers for the reader.
func (n *native) netDir() string {
	if _, err := n.fs.Inode("proc/1/net"); err == nil {
		return "proc/1/net/"
	}
	return "proc/net/"
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// netFiles are the files of one protocol in /proc/net, one for each version of IP.
type netFiles [snapshot.NumIPVersions]*kernelFile[procfs.NetSockets, *procfs.NetSockets]

// readTCP reads /proc/net instead of a dump. It does not know how many connections may wait for a listener.
func (c *connectionsSource) readTCP(sc *scrape) (filled bool) {
	var counts [snapshot.NumIPVersions]snapshot.SocketCounts
	filled = c.readSockets(sc, &counts, &c.tcp, &c.tcpWaiting)
	if c.options.Want.TCPStates {
		sc.snapshot.Connections.TCP = counts
	}
	return filled
}

// readUDP reads /proc/net instead of a dump.
func (c *connectionsSource) readUDP(sc *scrape) (filled bool) {
	var counts [snapshot.NumIPVersions]snapshot.SocketCounts
	filled = c.readSockets(sc, &counts, &c.udp, &c.udpWaiting)
	if c.options.Want.UDPStates {
		sc.snapshot.Connections.UDP = counts
	}
	return filled
}

// readSockets counts the sockets in files and collects those that wait, if the sockets of each version of IP that the host
// has are among them.
func (c *connectionsSource) readSockets(
	sc *scrape, counts *[snapshot.NumIPVersions]snapshot.SocketCounts, files *netFiles, waiting *waitingSockets,
) (filled bool) {
	whole := c.options.Want.Listeners
	waiting.sockets = waiting.sockets[:0]
	for v, file := range files {
		text := file.read(sc)
		if text == nil || !text.Known {
			// Without IPv6 the kernel has no file of it.
			whole = whole && file.err != nil && reasonOf(file.err) == Unavailable
			continue
		}
		counts[v] = snapshot.SocketCounts{Known: true, ByState: text.ByState}
		filled = true
		for i := range text.Listed {
			waiting.sockets = append(waiting.sockets, waitingOf(&text.Listed[i]))
		}
	}
	sc.snapshot.Connections.Fallback = true
	if filled && whole {
		waiting.source = procNetListeners
	}
	return filled
}

func waitingOf(s *procfs.NetSocket) waitingSocket {
	return waitingSocket{
		identity: s.Inode,
		local:    snapshot.Address{IP: s.Local, Port: s.Port},
		ipv6:     s.IPv6,
		peer:     s.Peer,
		queue:    s.ReceiveQueue,
		drops:    s.Drops, dropsKnown: s.DropsKnown,
	}
}

// netDir is the directory of the network files of the host below the root: /proc/net itself answers for the reader.
func (n *native) netDir() string {
	if _, err := n.fs.Inode("proc/1/net"); err == nil {
		return "proc/1/net/"
	}
	return "proc/net/"
}

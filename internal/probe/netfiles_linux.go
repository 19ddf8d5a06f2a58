// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"io/fs"

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

// readSockets counts the sockets in files and collects those that wait. Where the file of one version of IP is there and
// cannot be read, nothing is filled: what the other one has would be taken for the sockets of both.
func (c *connectionsSource) readSockets(
	sc *scrape, counts *[snapshot.NumIPVersions]snapshot.SocketCounts, files *netFiles, waiting *waitingSockets,
) (filled bool) {
	whole := true
	waiting.sockets = waiting.sockets[:0]
	for v, file := range files {
		text := file.read(sc)
		if text == nil || !text.Known {
			whole = whole && errors.Is(file.err, fs.ErrNotExist) // Without IPv6 the kernel has no file of it.
			continue
		}
		counts[v] = snapshot.SocketCounts{Known: true, ByState: text.ByState}
		filled = true
		for i := range text.Listed {
			waiting.sockets = append(waiting.sockets, waitingOf(&text.Listed[i]))
		}
	}
	sc.snapshot.Connections.Fallback = true
	if !whole {
		*counts = [snapshot.NumIPVersions]snapshot.SocketCounts{}
		return false
	}
	if filled && c.options.Want.Listeners {
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
		queue:    uint32(s.ReceiveQueue.N), queueUnknown: !s.ReceiveQueue.Known,
		drops: s.Drops, dropsKnown: s.DropsKnown,
	}
}

// netDir is the directory of the network files of the host below the root: /proc/net itself answers for the reader.
func (n *native) netDir() string {
	if _, err := n.fs.Inode("proc/1/net"); err == nil {
		return "proc/1/net/"
	}
	return "proc/net/"
}

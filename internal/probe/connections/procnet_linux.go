// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"errors"
	"io/fs"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// netFiles are the files of one protocol in /proc/net, one for each version of IP.
type netFiles [snapshot.NumIPVersions]*source.File[procfs.NetSockets, *procfs.NetSockets]

// readTCP reads /proc/net instead of a dump. It does not know how many connections may wait for a listener.
func (c *Source) readTCP(sc *source.Scrape) (filled bool) {
	var counts [snapshot.NumIPVersions]snapshot.SocketCounts
	filled = c.readSockets(sc, &counts, &c.tcp, listenState, &c.tcpListeners)
	if sc.Want.Connections.TCPStates {
		sc.Snapshot.Connections.TCP = counts
	}
	return filled
}

// readUDP reads /proc/net instead of a dump.
func (c *Source) readUDP(sc *source.Scrape) (filled bool) {
	var counts [snapshot.NumIPVersions]snapshot.SocketCounts
	filled = c.readSockets(sc, &counts, &c.udp, socketStates, &c.udpListeners)
	if sc.Want.Connections.UDPStates {
		sc.Snapshot.Connections.UDP = counts
	}
	return filled
}

// readSockets counts the sockets in files and collects those that wait. Where the file of one version of IP is there and
// cannot be read, nothing is filled: what the other one has would be taken for the sockets of both.
func (c *Source) readSockets(
	sc *source.Scrape, counts *[snapshot.NumIPVersions]snapshot.SocketCounts, files *netFiles, waitingStates uint32,
	waiting *listenerInfos,
) (filled bool) {
	whole := true
	waiting.sockets = waiting.sockets[:0]
	if !sc.Want.Connections.Listeners {
		waitingStates = 0
	}
	for v, file := range files {
		file.Contents.List = waitingStates
		text := file.Read(sc)
		if text == nil || !text.Known {
			whole = whole && errors.Is(file.Err(), fs.ErrNotExist) // Without IPv6 the kernel has no file of it.
			continue
		}
		counts[v] = snapshot.SocketCounts{Known: true, ByState: text.ByState}
		filled = true
		for i := range text.Listed {
			waiting.sockets = append(waiting.sockets, waitingOf(&text.Listed[i]))
		}
	}
	sc.Snapshot.Connections.Fallback = true
	if !whole {
		*counts = [snapshot.NumIPVersions]snapshot.SocketCounts{}
		return false
	}
	if filled && sc.Want.Connections.Listeners {
		waiting.source = procNetListeners
	}
	return filled
}

func waitingOf(s *procfs.NetSocket) listenerInfo {
	return listenerInfo{
		identity: s.Inode,
		local:    snapshot.Address{IP: s.Local, Port: s.Port},
		ipv6:     s.IPv6,
		peer:     s.Peer,
		queue:    s.ReceiveQueue,
		drops:    s.Drops, dropsKnown: s.DropsKnown,
	}
}

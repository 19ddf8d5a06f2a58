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

// netFiles are the files of TCP or UDP in /proc/net, one for each IP version.
type netFiles [snapshot.NumIPVersions]*source.File[procfs.NetSockets, *procfs.NetSockets]

// readTCP reads /proc/net/tcp and tcp6 instead of a dump. They lack the backlog and the drops of a listener.
func (s *Source) readTCP(sc *source.Scrape) (filled bool) {
	return readSockets(sc, &s.collected.tcp, &s.tcpFiles, listenState, &s.collected.tcpListeners)
}

// readUDP reads /proc/net/udp and udp6 instead of a dump.
func (s *Source) readUDP(sc *source.Scrape) (filled bool) {
	return readSockets(sc, &s.collected.udp, &s.udpFiles, socketStates, &s.collected.udpListeners)
}

// readSockets counts the sockets in files and collects the listeners, which are in listenerStates. If the file of one IP
// version exists but cannot be read, nothing is filled: the sockets of the other one would pass for all of them.
func readSockets(
	sc *source.Scrape, counts *[snapshot.NumIPVersions]snapshot.SocketCounts, files *netFiles, listenerStates uint32,
	listeners *listenerInfos,
) (filled bool) {
	whole := true
	listeners.restart()
	if !sc.Want.Connections.Listeners {
		listenerStates = 0
	}
	for v, file := range files {
		file.Contents.List = listenerStates
		text := file.Read(sc)
		if text == nil || !text.Known {
			whole = whole && errors.Is(file.Err(), fs.ErrNotExist) // A kernel without IPv6 lacks its file.
			continue
		}
		counts[v] = snapshot.SocketCounts{Known: true, ByState: text.ByState}
		filled = true
		for i := range text.Listed {
			listeners.sockets = append(listeners.sockets, procNetListener(&text.Listed[i]))
		}
	}
	sc.Snapshot.Connections.Fallback = true
	if !whole {
		*counts = [snapshot.NumIPVersions]snapshot.SocketCounts{}
		return false
	}
	if filled && sc.Want.Connections.Listeners {
		listeners.complete(procNetListeners)
	}
	return filled
}

func procNetListener(s *procfs.NetSocket) listenerInfo {
	return listenerInfo{
		identity: s.Inode,
		local:    snapshot.Address{IP: s.Local, Port: s.Port},
		ipv6:     s.IPv6,
		peer:     s.Peer,
		queue:    uint32(s.ReceiveQueue.N), queueUnknown: !s.ReceiveQueue.Known,
		drops: s.Drops, dropsKnown: s.DropsKnown,
	}
}

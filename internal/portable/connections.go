// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux || windows

package portable

import (
	"github.com/shirou/gopsutil/v4/net"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// socketStates are gopsutil's names of TCP's states, on Linux and on Windows.
var socketStates = map[string]snapshot.SocketState{
	"ESTABLISHED": snapshot.SocketEstablished,
	"SYN_SENT":    snapshot.SocketSynSent,
	"SYN_RECV":    snapshot.SocketSynRecv, "SYN_RECEIVED": snapshot.SocketSynRecv,
	"FIN_WAIT1": snapshot.SocketFinWait1, "FIN_WAIT_1": snapshot.SocketFinWait1,
	"FIN_WAIT2": snapshot.SocketFinWait2, "FIN_WAIT_2": snapshot.SocketFinWait2,
	"TIME_WAIT": snapshot.SocketTimeWait,
	"CLOSE":     snapshot.SocketClose, "CLOSED": snapshot.SocketClose, "DELETE": snapshot.SocketClose,
	"CLOSE_WAIT": snapshot.SocketCloseWait,
	"LAST_ACK":   snapshot.SocketLastAck,
	"LISTEN":     snapshot.SocketListen,
	"CLOSING":    snapshot.SocketClosing,
}

// Connections fills the counts of TCP and UDP sockets that are asked for. gopsutil makes a list of them first, and leaves
// out of it the second of two listeners on one address (SO_REUSEPORT).
func (r *Reader) Connections(c *snapshot.Connections, tcp, udp bool) error {
	for v, suffix := range [snapshot.NumIPVersions]string{snapshot.IPv4: "4", snapshot.IPv6: "6"} {
		if tcp {
			if err := r.countSockets(&c.TCP[v], "tcp"+suffix); err != nil {
				return err
			}
		}
		if udp {
			if err := r.countSockets(&c.UDP[v], "udp"+suffix); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Reader) countSockets(counts *snapshot.SocketCounts, kind string) error {
	sockets, err := net.ConnectionsWithContext(r.ctx, kind)
	if err != nil {
		return err
	}
	counts.Known = true
	for i := range sockets {
		state, ok := socketStates[sockets[i].Status]
		if !ok { // A UDP socket has no state here but the one its peer gives it.
			state = snapshot.SocketClose
			if sockets[i].Raddr.Port != 0 {
				state = snapshot.SocketEstablished
			}
		}
		counts.ByState[state]++
	}
	return nil
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux || windows

package portable

import (
	"net/netip"

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

// Connections fills the counts of TCP and UDP sockets and the TCP listeners that are requested. gopsutil makes a list of
// all of them first, omits the second of two listeners on one address (SO_REUSEPORT) from it, and reports no queues. Nor
// does it distinguish one UDP socket from the next one on the port, and so which of them stay.
func (r *Reader) Connections(c *snapshot.Connections, tcp, udp, listeners bool) error {
	for v, suffix := range [snapshot.NumIPVersions]string{snapshot.IPv4: "4", snapshot.IPv6: "6"} {
		if tcp || listeners {
			sockets, err := net.ConnectionsWithContext(r.ctx, "tcp"+suffix)
			if err != nil {
				return err
			}
			if tcp {
				c.TCP[v] = countSockets(sockets)
			}
			if listeners {
				c.Listeners, c.Listed.Listeners = appendListeners(c.Listeners, sockets), true
			}
		}
		if udp {
			sockets, err := net.ConnectionsWithContext(r.ctx, "udp"+suffix)
			if err != nil {
				return err
			}
			c.UDP[v] = countSockets(sockets)
		}
	}
	return nil
}

func countSockets(sockets []net.ConnectionStat) snapshot.SocketCounts {
	counts := snapshot.SocketCounts{Known: true}
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
	return counts
}

func appendListeners(dst []snapshot.Listener, sockets []net.ConnectionStat) []snapshot.Listener {
	for i := range sockets {
		if socketStates[sockets[i].Status] != snapshot.SocketListen {
			continue
		}
		address, err := netip.ParseAddr(sockets[i].Laddr.IP)
		if err != nil {
			continue
		}
		l := snapshot.Listener{IPv6: address.Is6(), Local: snapshot.Address{Port: uint16(sockets[i].Laddr.Port)}}
		copy(l.Local.IP[:], address.AsSlice())
		dst = append(dst, l)
	}
	return dst
}

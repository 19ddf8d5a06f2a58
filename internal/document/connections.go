// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import "github.com/superviz-io/hostprobe/internal/snapshot"

// stateNames are the states of a socket, which are the keys of tcp_stats too.
var stateNames = [snapshot.NumSocketStates]string{
	snapshot.SocketEstablished: "established",
	snapshot.SocketSynSent:     "syn_sent",
	snapshot.SocketSynRecv:     "syn_recv",
	snapshot.SocketFinWait1:    "fin_wait1",
	snapshot.SocketFinWait2:    "fin_wait2",
	snapshot.SocketTimeWait:    "time_wait",
	snapshot.SocketClose:       "close",
	snapshot.SocketCloseWait:   "close_wait",
	snapshot.SocketLastAck:     "last_ack",
	snapshot.SocketListen:      "listen",
	snapshot.SocketClosing:     "closing",
}

// stateKeys are the keys of tcp_stats, and stateFacts are what a socket has.
var stateKeys, stateFacts = func() (keys [snapshot.NumSocketStates]string, facts [snapshot.NumSocketStates]fact) {
	for state, name := range stateNames {
		keys[state], facts[state] = `"`+name+`":`, factOf("state", name)
	}
	return keys, facts
}()

func (w *writer) connections(c *snapshot.Connections, form Addresses) {
	at := w.object(`"connections":`)
	w.tcpStats(c)
	if c.Listed.TCP {
		w.list(`"tcp_connections":`)
		for i := range c.TCPSockets {
			w.tcpSocket(&c.TCPSockets[i], form)
		}
		w.endList()
	}
	if c.Listed.UDP {
		w.list(`"udp_sockets":`)
		for i := range c.UDPSockets {
			w.udpSocket(&c.UDPSockets[i], form)
		}
		w.endList()
	}
	if c.Listed.Unix {
		w.list(`"unix_sockets":`)
		for i := range c.UnixSockets {
			w.unixSocket(&c.UnixSockets[i])
		}
		w.endList()
	}
	if c.Listed.Listeners {
		w.list(`"listening_ports":`)
		for i := range c.Listeners {
			w.listener(&c.Listeners[i])
		}
		w.endList()
	}
	w.end(at)
}

// tcpStats counts the TCP sockets of IPv4 and IPv6.
func (w *writer) tcpStats(c *snapshot.Connections) {
	isKnown := false
	var total uint64
	var byState [snapshot.NumSocketStates]uint64
	for v := range c.TCP {
		isKnown = isKnown || c.TCP[v].Known
		for state, n := range c.TCP[v].ByState {
			byState[state] += n
			total += n
		}
	}
	if !isKnown {
		return
	}
	at := w.object(`"tcp_stats":`)
	for state := snapshot.SocketEstablished; state < snapshot.NumSocketStates; state++ {
		w.uint(stateKeys[state], byState[state])
	}
	w.uint(`"total":`, total)
	w.end(at)
}

func (w *writer) family(ipv6 bool) {
	if ipv6 {
		w.fact(`"family":"ipv6",`)
		return
	}
	w.fact(`"family":"ipv4",`)
}

func (w *writer) tcpSocket(s *snapshot.TCPSocket, form Addresses) {
	at := w.object(element)
	w.family(s.IPv6)
	w.address(`"local_addr":`, &s.Local, s.IPv6)
	w.int(`"local_port":`, int64(s.Local.Port))
	w.peer(`"remote_addr":`, &s.Remote, s.IPv6, form)
	w.int(`"remote_port":`, int64(s.Remote.Port))
	w.fact(stateFacts[s.State])
	w.owner(&s.Owner)
	w.end(at)
}

func (w *writer) udpSocket(s *snapshot.UDPSocket, form Addresses) {
	at := w.object(element)
	w.family(s.IPv6)
	w.address(`"local_addr":`, &s.Local, s.IPv6)
	w.int(`"local_port":`, int64(s.Local.Port))
	state := snapshot.SocketClose
	if s.Connected {
		state = snapshot.SocketEstablished
		w.peer(`"remote_addr":`, &s.Remote, s.IPv6, form)
		w.int(`"remote_port":`, int64(s.Remote.Port))
	}
	w.fact(stateFacts[state])
	w.owner(&s.Owner)
	w.end(at)
}

func (w *writer) unixSocket(s *snapshot.UnixSocket) {
	at := w.object(element)
	w.name(`"path":`, s.Path)
	switch s.Type {
	case 1:
		w.fact(`"type":"stream",`)
	case 2:
		w.fact(`"type":"dgram",`)
	case 5:
		w.fact(`"type":"seqpacket",`)
	}
	w.fact(stateFacts[s.State])
	w.owner(&s.Owner)
	w.end(at)
}

func (w *writer) listener(l *snapshot.Listener) {
	at := w.object(element)
	if l.UDP {
		w.fact(`"protocol":"udp",`)
	} else {
		w.fact(`"protocol":"tcp",`)
	}
	w.address(`"address":`, &l.Local, l.IPv6)
	w.int(`"port":`, int64(l.Local.Port))
	w.owner(&l.Owner)
	w.end(at)
}

func (w *writer) owner(o *snapshot.Owner) {
	if o.PID != 0 {
		w.int(`"pid":`, int64(o.PID))
	}
	w.name(`"process_name":`, o.Name)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import "github.com/superviz-io/hostprobe/internal/snapshot"

func (w *writer) network(n *snapshot.Network) {
	at := w.object(`"network":`)
	linked, counted := false, false
	for i := range n.Interfaces {
		linked = linked || isLinked(&n.Interfaces[i])
		counted = counted || n.Interfaces[i].Counted
	}
	if linked {
		w.list(`"interfaces":`)
		for i := range n.Interfaces {
			if isLinked(&n.Interfaces[i]) {
				w.link(&n.Interfaces[i])
			}
		}
		w.endList()
	}
	if counted {
		w.list(`"stats":`)
		for i := range n.Interfaces {
			if n.Interfaces[i].Counted {
				w.traffic(&n.Interfaces[i])
			}
		}
		w.endList()
	}
	w.end(at)
}

// isLinked reports whether more is known of an interface than what it has received and sent.
func isLinked(i *snapshot.Interface) bool {
	return i.FlagsKnown || i.Up.Known || i.MTU.Known || i.MAC != ""
}

func (w *writer) link(i *snapshot.Interface) {
	at := w.object(element)
	w.string(`"name":`, i.Name)
	w.name(`"mac_address":`, i.MAC)
	w.quantity(`"mtu":`, i.MTU)
	if i.Up.Known {
		w.bool(`"is_up":`, i.Up.N != 0)
	}
	if i.FlagsKnown {
		w.bool(`"is_loopback":`, i.Flags&snapshot.InterfaceLoopback != 0)
		w.list(`"flags":`)
		for bit, name := range flagNames {
			if i.Flags&(1<<bit) != 0 {
				w.string(element, name)
			}
		}
		w.endList()
	}
	w.end(at)
}

// flagNames are the flags of an interface by their bits.
var flagNames = [...]string{"up", "broadcast", "loopback", "pointtopoint", "promisc", "multicast"}

func (w *writer) traffic(i *snapshot.Interface) {
	at := w.object(element)
	w.string(`"interface":`, i.Name)
	w.quantity(`"bytes_recv":`, i.Received.Bytes)
	w.quantity(`"bytes_sent":`, i.Sent.Bytes)
	w.quantity(`"packets_recv":`, i.Received.Packets)
	w.quantity(`"packets_sent":`, i.Sent.Packets)
	w.quantity(`"errors_in":`, i.Received.Errors)
	w.quantity(`"errors_out":`, i.Sent.Errors)
	w.quantity(`"drops_in":`, i.Received.Dropped)
	w.quantity(`"drops_out":`, i.Sent.Dropped)
	w.end(at)
}

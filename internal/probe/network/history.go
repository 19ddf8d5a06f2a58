// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package network

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// History finds out when the counters of an interface restarted: it may be deleted, and another be created with its name. It
// implements source.History. The zero History is one without a snapshot yet.
type History struct {
	reading    uint64 // Number of the snapshot.
	time       int64  // Of the previous snapshot, in nanoseconds since the Unix epoch.
	interfaces map[string]*interfaceRecord
}

// interfaceRecord is an interface as it was last.
type interfaceRecord struct {
	reading        uint64                    // The last snapshot that had this interface.
	start          int64                     // As snapshot.Interface.Start.
	received, sent snapshot.InterfaceTraffic // The last known values.
	carrierChanges snapshot.Quantity         // The last known value.
}

// Complete sets the Start of the snapshot's interfaces, and drops those that have the name of another.
func (h *History) Complete(sc *source.Scrape) {
	h.update(&sc.Snapshot.Network, sc.Snapshot.Time)
}

// update sets the Start of the interfaces of a snapshot taken at time now, and drops the second of two with the same name:
// two long names may have been truncated to the same text.
func (h *History) update(n *snapshot.Network, now int64) {
	if h.interfaces == nil {
		h.interfaces = map[string]*interfaceRecord{}
	}
	h.reading++
	kept := n.Interfaces[:0]
	for i := range n.Interfaces {
		found := &n.Interfaces[i]
		record := h.interfaces[found.Name]
		if record == nil {
			record = &interfaceRecord{}
			h.interfaces[found.Name] = record
		}
		if record.reading == h.reading {
			continue
		}
		if record.reading > 0 && record.hasRestarted(found) {
			record.start, record.received, record.sent = h.time, snapshot.InterfaceTraffic{}, snapshot.InterfaceTraffic{}
		}
		record.reading = h.reading
		received, sent := record.received.Counters(), record.sent.Counters()
		for i, now := range found.Received.Counters() {
			now.KeepLast(received[i], found.Last.Received.Counters()[i])
		}
		for i, now := range found.Sent.Counters() {
			now.KeepLast(sent[i], found.Last.Sent.Counters()[i])
		}
		if found.CarrierChanges.Known {
			record.carrierChanges = found.CarrierChanges
		}
		found.Start = min(record.start, now) // The clock may have been set back.
		kept = append(kept, *found)
	}
	n.Interfaces, h.time = kept, now
	if len(kept) == len(h.interfaces) {
		return // There is none to forget.
	}
	keep := uint64(remembered)
	if len(h.interfaces) > len(kept)+maxRemembered {
		keep = 1 // While others are removed, a single read of /proc/net/dev may miss an interface.
	}
	for name, record := range h.interfaces {
		if record.reading+keep < h.reading {
			delete(h.interfaces, name)
		}
	}
}

// remembered is how many snapshots without it an interface is remembered for. If its name reappears with lower values, it is
// another interface; with higher ones it may be the same, which had another name meanwhile.
const remembered = 60

// maxRemembered bounds the removed interfaces that are remembered: where more come and go, names do not reappear.
const maxRemembered = 4096

// hasRestarted reports whether now is another interface than the one recorded. Unknown values prove nothing.
func (r *interfaceRecord) hasRestarted(now *snapshot.Interface) bool {
	return counterFell(&r.received, &now.Received) || counterFell(&r.sent, &now.Sent) || now.CarrierChanges.Fell(r.carrierChanges)
}

// counterFell reports whether one of the counters is lower than before.
func counterFell(before, now *snapshot.InterfaceTraffic) bool {
	return now.Bytes.Fell(before.Bytes) || now.Packets.Fell(before.Packets)
}

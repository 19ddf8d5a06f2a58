// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package network

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// interfaceHistory remembers the interfaces of the snapshots before, to tell when the counters of one began anew: it may be
// deleted and another be made under its name.
type History struct {
	reading    uint64
	time       int64 // Of the reading before.
	interfaces map[string]*interfaceRecord
}

type interfaceRecord struct {
	reading        uint64 // The last reading that had this interface.
	start          int64
	received, sent snapshot.InterfaceTraffic // As known last.
	carrierChanges snapshot.Quantity         // As known last.
}

func (h *History) Complete(sc *source.Scrape) {
	h.update(&sc.Snapshot.Network, sc.Snapshot.Time)
}

// update gives the interfaces of a snapshot taken at time now their Start, and leaves out the second of two with one name:
// names that are cut may have become the same.
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
		return // All that are remembered are there.
	}
	keep := uint64(remembered)
	if len(h.interfaces) > len(kept)+maxRemembered {
		keep = 1 // One reading alone may miss an interface that is there, while others go.
	}
	for name, record := range h.interfaces {
		if record.reading+keep < h.reading {
			delete(h.interfaces, name)
		}
	}
}

// remembered is for how many readings without it an interface is known by its name: if it comes back with lower values, it is
// another. One with higher ones may be the same, which had another name for a while.
const remembered = 60

// maxRemembered bounds those that are gone: where more come and go, none comes back under its name.
const maxRemembered = 4096

// hasRestarted reports whether now is another interface than before. What was not asked for of both is 0.
func (r *interfaceRecord) hasRestarted(now *snapshot.Interface) bool {
	return counterFell(&r.received, &now.Received) || counterFell(&r.sent, &now.Sent) ||
		now.CarrierChanges.Known && now.CarrierChanges.N < r.carrierChanges.N
}

func counterFell(before, now *snapshot.InterfaceTraffic) bool {
	return now.Bytes.Fell(before.Bytes) || now.Packets.Fell(before.Packets)
}

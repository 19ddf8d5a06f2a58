// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux || windows

package portable

import (
	"github.com/shirou/gopsutil/v4/net"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Interfaces fills the interfaces of n. keep, if not nil, reports by name which are selected.
func (r *Reader) Interfaces(n *snapshot.Network, keep func(name string) bool) error {
	counters, err := net.IOCountersWithContext(r.ctx, true)
	for i := range counters {
		c := &counters[i]
		if keep != nil && !keep(c.Name) {
			continue
		}
		n.Interfaces = append(n.Interfaces, snapshot.Interface{
			Name: c.Name, Counted: true,
			Received: snapshot.InterfaceTraffic{
				Bytes: count(c.BytesRecv), Packets: count(c.PacketsRecv), Errors: count(c.Errin), Dropped: count(c.Dropin),
			},
			Sent: snapshot.InterfaceTraffic{
				Bytes: count(c.BytesSent), Packets: count(c.PacketsSent), Errors: count(c.Errout), Dropped: count(c.Dropout),
			},
		})
	}
	return err
}

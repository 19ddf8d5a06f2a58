// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"github.com/shirou/gopsutil/v4/net"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TCP fills the counters of TCP that gopsutil reports. It reports neither those of UDP over IPv6 nor what else is in
// snapshot.Protocols.
func (r *Reader) TCP(p *snapshot.Protocols) error {
	counters, err := net.ProtoCountersWithContext(r.ctx, []string{"tcp"})
	if err != nil {
		return err
	}
	for i := range counters {
		for name, to := range map[string]*snapshot.Quantity{
			"ActiveOpens": &p.ConnectionsActive, "PassiveOpens": &p.ConnectionsPassive, "InSegs": &p.SegmentsReceived,
			"OutSegs": &p.SegmentsSent, "RetransSegs": &p.SegmentsRetransmitted, "OutRsts": &p.ResetsSent,
		} {
			if n, ok := counters[i].Stats[name]; ok && n >= 0 {
				*to = snapshot.Known(uint64(n))
			}
		}
	}
	return nil
}

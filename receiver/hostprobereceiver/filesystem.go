// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

func (p *points) recordFilesystem(s *snapshot.Filesystem) {
	const (
		used, free, reserved = metadata.AttributeFilesystemStateUsed, metadata.AttributeFilesystemStateFree, metadata.AttributeFilesystemStateReserved
	)
	for i := range s.Mounts {
		m := &s.Mounts[i]
		if u := &m.Usage; u.Known {
			p.SystemFilesystemUsage.Record(signed(u.Used), m.Device, m.Mode, m.MountPoint, m.Type, used)
			p.SystemFilesystemUsage.Record(signed(u.Free), m.Device, m.Mode, m.MountPoint, m.Type, free)
			p.SystemFilesystemUsage.Record(signed(u.Reserved), m.Device, m.Mode, m.MountPoint, m.Type, reserved)
			p.SystemFilesystemUtilization.Record(ratio(u.Used, u.Free), m.Device, m.Mode, m.MountPoint, m.Type)
		}
		if n := &m.Inodes; n.Known {
			p.SystemFilesystemInodesUsage.Record(signed(n.Used), m.Device, m.Mode, m.MountPoint, m.Type, used)
			p.SystemFilesystemInodesUsage.Record(signed(n.Free), m.Device, m.Mode, m.MountPoint, m.Type, free)
		}
	}
}

// ratio is used/(used+free), what df calls Use%; 0 of nothing.
func ratio(used, free uint64) float64 {
	if used == 0 {
		return 0
	}
	return float64(used) / (float64(used) + float64(free))
}

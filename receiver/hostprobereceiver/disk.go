// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

func (p *points) recordDisk(s *snapshot.Disks) {
	for i := range s.Devices {
		d := &s.Devices[i]
		p.Since(pcommon.Timestamp(d.Start))
		p.recordTraffic(&d.Read, d.Device, metadata.AttributeDiskDirectionRead)
		p.recordTraffic(&d.Written, d.Device, metadata.AttributeDiskDirectionWrite)
		if d.Pending.Known {
			p.SystemDiskPendingOperations.Record(signed(d.Pending.N), d.Device)
		}
		if d.IOTime.Known {
			p.SystemDiskIoTime.Record(seconds(d.IOTime.N), d.Device)
		}
		if d.WeightedIOTime.Known {
			p.SystemDiskWeightedIoTime.Record(seconds(d.WeightedIOTime.N), d.Device)
		}
	}
	p.Since(0)
}

func (p *points) recordTraffic(s *snapshot.DiskTraffic, device string, direction metadata.AttributeDiskDirection) {
	p.SystemDiskIo.Record(signed(s.Bytes), device, direction)
	p.SystemDiskOperations.Record(signed(s.Operations), device, direction)
	if s.Time.Known {
		p.SystemDiskOperationTime.Record(seconds(s.Time.N), device, direction)
	}
	if s.Merged.Known {
		p.SystemDiskMerged.Record(signed(s.Merged.N), device, direction)
	}
}

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
		p.recordTraffic(&d.Read, &d.Last.Read, d.Device, metadata.AttributeDiskDirectionRead)
		p.recordTraffic(&d.Written, &d.Last.Written, d.Device, metadata.AttributeDiskDirectionWrite)
		recordKnown(d.Pending, func(n int64) { p.SystemDiskPendingOperations.Record(n, d.Device) })
		recordCounter(p.SystemDiskIoTime.KeepsDevice(), d.IOTime, d.Last.IOTime, func(n int64) { p.SystemDiskIoTime.Record(n, d.Device) })
		recordCounter(p.SystemDiskWeightedIoTime.KeepsDevice(), d.WeightedIOTime, d.Last.WeightedIOTime, func(n int64) {
			p.SystemDiskWeightedIoTime.Record(n, d.Device)
		})
	}
	p.Since(0)
}

func (p *points) recordTraffic(s, last *snapshot.DiskTraffic, device string, direction metadata.AttributeDiskDirection) {
	recordCounter(p.SystemDiskIo.KeepsDevice(), s.Bytes, last.Bytes, func(n int64) { p.SystemDiskIo.Record(n, device, direction) })
	recordCounter(p.SystemDiskOperations.KeepsDevice(), s.Operations, last.Operations, func(n int64) { p.SystemDiskOperations.Record(n, device, direction) })
	recordCounter(p.SystemDiskOperationTime.KeepsDevice(), s.Time, last.Time, func(n int64) { p.SystemDiskOperationTime.Record(n, device, direction) })
	recordCounter(p.SystemDiskMerged.KeepsDevice(), s.Merged, last.Merged, func(n int64) { p.SystemDiskMerged.Record(n, device, direction) })
}

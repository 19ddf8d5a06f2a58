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
		recordKnown(d.Pending, func(n int64) { p.SystemDiskPendingOperations.Record(n, d.Device) })
		recordKnown(d.IOTime, func(n int64) { p.SystemDiskIoTime.Record(n, d.Device) })
		recordKnown(d.WeightedIOTime, func(n int64) { p.SystemDiskWeightedIoTime.Record(n, d.Device) })
	}
	p.Since(0)
}

func (p *points) recordTraffic(s *snapshot.DiskTraffic, device string, direction metadata.AttributeDiskDirection) {
	p.SystemDiskIo.Record(signed(s.Bytes), device, direction)
	p.SystemDiskOperations.Record(signed(s.Operations), device, direction)
	recordKnown(s.Time, func(n int64) { p.SystemDiskOperationTime.Record(n, device, direction) })
	recordKnown(s.Merged, func(n int64) { p.SystemDiskMerged.Record(n, device, direction) })
}

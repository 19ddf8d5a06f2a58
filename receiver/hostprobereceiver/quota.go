// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/record"
)

// recordQuota records our control group. It may be another than before, which is why its points have a start of their own.
func recordQuota(r *record.Recorder, s *snapshot.Quota) {
	r.Since(pcommon.Timestamp(s.Start))
	if s.CPUQuota.Known && s.CPUPeriod.Known && s.CPUPeriod.N > 0 {
		r.ContainerCPULimit.Record(share(s.CPUQuota.N, s.CPUPeriod.N))
	}
	recordKnown(s.CPUUser, func(n int64) { r.ContainerCPUTime.Record(n, metadata.AttributeQuotaCPUModeUser) })
	recordKnown(s.CPUSystem, func(n int64) { r.ContainerCPUTime.Record(n, metadata.AttributeQuotaCPUModeSystem) })
	recordKnown(s.ThrottledTime, r.ContainerCPUThrottlingTime.Record)
	recordKnown(s.ThrottledPeriods, r.ContainerCPUThrottlingPeriods.Record)
	recordKnown(s.MemoryUsage, r.ContainerMemoryUsage.Record)
	recordKnown(s.MemoryLimit, r.ContainerMemoryLimit.Record)
	recordKnown(s.OOMKills, r.ContainerMemoryOomKills.Record)
	recordKnown(s.Tasks, r.ContainerPidCount.Record)
	recordKnown(s.TaskLimit, r.ContainerPidLimit.Record)
	for i := range s.IOLimits {
		disk := &s.IOLimits[i]
		recordKnown(disk.Read, func(n int64) {
			r.ContainerDiskIoLimit.Record(n, disk.Device, metadata.AttributeQuotaDiskIoDirectionRead)
		})
		recordKnown(disk.Written, func(n int64) {
			r.ContainerDiskIoLimit.Record(n, disk.Device, metadata.AttributeQuotaDiskIoDirectionWrite)
		})
	}
	r.Since(0)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/record"
)

// QuotaConfig has the options of the quota scraper.
type QuotaConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`

	_ struct{} // Prevents unkeyed literals.
}

var quotaMetrics = []string{
	"container.cpu.limit",
	"container.cpu.throttling.periods",
	"container.cpu.throttling.time",
	"container.cpu.time",
	"container.disk.io.limit",
	"container.memory.limit",
	"container.memory.oom_kills",
	"container.memory.usage",
	"container.pid.count",
	"container.pid.limit",
}

func wantQuota(cfg *Config, want *snapshot.Want) {
	m := &cfg.Metrics
	want.Quota = snapshot.QuotaWant{
		CPULimit:    m.ContainerCPULimit.Enabled,
		CPUTime:     m.ContainerCPUTime.Enabled,
		Throttling:  m.ContainerCPUThrottlingTime.Enabled || m.ContainerCPUThrottlingPeriods.Enabled,
		MemoryUsage: m.ContainerMemoryUsage.Enabled,
		MemoryLimit: m.ContainerMemoryLimit.Enabled,
		OOMKills:    m.ContainerMemoryOomKills.Enabled,
		Tasks:       m.ContainerPidCount.Enabled,
		TaskLimit:   m.ContainerPidLimit.Enabled,
		IOLimits:    m.ContainerDiskIoLimit.Enabled,
	}
}

func wantQuotaDocument(_ *Config, want *snapshot.Want) {
	q := &want.Quota
	q.CPULimit, q.CPUTime, q.FileDescriptorLimit = true, true, true
	q.MemoryUsage, q.MemoryLimit, q.Tasks, q.TaskLimit = true, true, true, true
}

func wantQuotaRates(want *snapshot.Want) { want.Quota.CPUTime = true }

// recordQuota records the collector's cgroup. The collector may have moved to another, so the points have a start of their own.
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

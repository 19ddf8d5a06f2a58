// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"slices"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// SystemConfig has the parts of the system scraper.
type SystemConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// Uptime is the part with system.uptime.
	Uptime bool `mapstructure:"uptime"`
	// Activity is the part with context switches, interrupts, file descriptors, processes and OOM kills.
	Activity bool `mapstructure:"activity"`

	_ struct{} // Prevents unkeyed literals.
}

var systemParts = map[string]partSpec{
	"uptime":   {template: TemplateCustom, metrics: uptimeMetrics},
	"activity": {template: TemplateStandard, metrics: activityMetrics},
}

var (
	systemMetrics   = slices.Concat(activityMetrics, uptimeMetrics)
	activityMetrics = []string{
		"system.context_switches",
		"system.interrupts",
		"system.memory.linux.oom_kills",
		"system.process.limit",
		"system.unix.file_descriptor.count",
		"system.unix.file_descriptor.limit",
	}
	uptimeMetrics = []string{"system.uptime"}
)

func wantSystem(cfg *Config, want *snapshot.Want) {
	m, system := &cfg.Metrics, &cfg.Scrapers.System
	want.System.Uptime = system.Uptime && m.SystemUptime.Enabled
	if system.Activity {
		want.System.Counts = m.SystemContextSwitches.Enabled || m.SystemInterrupts.Enabled
		want.System.OOMKills = m.SystemMemoryLinuxOomKills.Enabled
		want.System.FileDescriptors = m.SystemUnixFileDescriptorCount.Enabled || m.SystemUnixFileDescriptorLimit.Enabled
		want.System.ProcessLimit = m.SystemProcessLimit.Enabled
	}
}

func wantSystemDocument(cfg *Config, want *snapshot.Want) {
	if cfg.Scrapers.System.Activity {
		want.System.Counts, want.System.SelfSwitches = true, true
	}
}

func (p *points) recordSystem(s *snapshot.System) {
	recordKnown(s.Uptime, p.SystemUptime.Record)
	recordKnown(s.ContextSwitches, p.SystemContextSwitches.Record)
	recordKnown(s.Interrupts, p.SystemInterrupts.Record)
	recordKnown(s.OOMKills, p.SystemMemoryLinuxOomKills.Record)
	recordKnown(s.FileDescriptors, p.SystemUnixFileDescriptorCount.Record)
	recordKnown(s.FileDescriptorLimit, p.SystemUnixFileDescriptorLimit.Record)
	recordKnown(s.ProcessLimit, p.SystemProcessLimit.Record)
}

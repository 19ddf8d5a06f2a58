// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import "github.com/superviz-io/hostprobe/internal/snapshot"

func (p *points) recordSystem(s *snapshot.System) {
	recordKnown(s.Uptime, p.SystemUptime.Record)
	recordKnown(s.ContextSwitches, p.SystemContextSwitches.Record)
	recordKnown(s.Interrupts, p.SystemInterrupts.Record)
	recordKnown(s.OOMKills, p.SystemMemoryLinuxOomKills.Record)
	recordKnown(s.FileDescriptors, p.SystemUnixFileDescriptorCount.Record)
	recordKnown(s.FileDescriptorLimit, p.SystemUnixFileDescriptorLimit.Record)
	recordKnown(s.ProcessLimit, p.SystemProcessLimit.Record)
}

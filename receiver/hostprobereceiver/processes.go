// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// ProcessesConfig has the options of the processes scraper.
type ProcessesConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`

	_ struct{} // Prevents unkeyed literals.
}

var processesMetrics = []string{
	"system.processes.count",
	"system.processes.created",
}

func wantProcesses(cfg *Config, want *snapshot.Want) {
	m := &cfg.Metrics
	want.Processes.ByStatus, want.Processes.Created = m.SystemProcessesCount.Enabled, m.SystemProcessesCreated.Enabled
}

func wantProcessesDocument(_ *Config, want *snapshot.Want) { want.Processes.ByStatus = true }

// processStatuses are the statuses, as host_metrics names them.
var processStatuses = [snapshot.NumProcessStatuses]metadata.AttributeProcessesStatus{
	snapshot.StatusBlocked:  metadata.AttributeProcessesStatusBlocked,
	snapshot.StatusIdle:     metadata.AttributeProcessesStatusIdle,
	snapshot.StatusPaging:   metadata.AttributeProcessesStatusPaging,
	snapshot.StatusRunning:  metadata.AttributeProcessesStatusRunning,
	snapshot.StatusSleeping: metadata.AttributeProcessesStatusSleeping,
	snapshot.StatusStopped:  metadata.AttributeProcessesStatusStopped,
	snapshot.StatusUnknown:  metadata.AttributeProcessesStatusUnknown,
	snapshot.StatusZombie:   metadata.AttributeProcessesStatusZombies,
	snapshot.StatusDaemon:   metadata.AttributeProcessesStatusDaemon,
	snapshot.StatusDetached: metadata.AttributeProcessesStatusDetached,
	snapshot.StatusLocked:   metadata.AttributeProcessesStatusLocked,
	snapshot.StatusOrphan:   metadata.AttributeProcessesStatusOrphan,
	snapshot.StatusSystem:   metadata.AttributeProcessesStatusSystem,
}

// recordProcesses records the statuses that processes are in and, as host_metrics does, running and blocked even at 0.
func (p *points) recordProcesses(s *snapshot.Processes) {
	if s.CountKnown {
		for status, n := range s.ByStatus {
			if n > 0 || status == int(snapshot.StatusRunning) || status == int(snapshot.StatusBlocked) {
				p.SystemProcessesCount.Record(signed(n), processStatuses[status])
			}
		}
	}
	recordKnown(s.Created, p.SystemProcessesCreated.Record)
}

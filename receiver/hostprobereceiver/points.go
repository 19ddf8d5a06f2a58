// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"math"
	"strconv"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/record"
)

// points turns a snapshot into data points, one method and one file for each domain.
type points struct {
	*record.Recorder
	listeners  listenerMetrics
	cpuAverage bool
	cpuNames   []string
	// connectionOwners says that system.network.connections is told apart by owner.
	connectionOwners bool
}

func newPoints(cfg *Config) points {
	r := record.New(&cfg.Metrics, cfg.MaxSeries)
	return points{
		Recorder: r, listeners: newListenerMetrics(r), cpuAverage: cfg.Scrapers.Load.CPUAverage,
		connectionOwners: keepsOwner(&r.SystemNetworkConnections),
	}
}

func (p *points) record(d snapshot.Domain, s *snapshot.Snapshot) {
	switch d {
	case snapshot.DomainConnections:
		p.recordConnections(&s.Connections)
	case snapshot.DomainCPU:
		p.recordCPU(&s.CPU)
	case snapshot.DomainDisk:
		p.recordDisk(&s.Disks)
	case snapshot.DomainNFS:
		p.recordNFS(&s.NFS)
	case snapshot.DomainFilesystem:
		p.recordFilesystem(&s.Filesystem)
	case snapshot.DomainLoad:
		p.recordLoad(&s.Load)
	case snapshot.DomainMemory:
		p.recordMemory(&s.Memory)
	case snapshot.DomainNetwork:
		p.recordNetwork(&s.Network)
	case snapshot.DomainPaging:
		p.recordPaging(&s.Paging)
	case snapshot.DomainPressure:
		p.recordPressure(&s.Pressure)
	case snapshot.DomainProcess:
		if s.ProcessList.HasOthers {
			recordProcess(p.Recorder, &s.ProcessList.Others, s)
		}
	case snapshot.DomainProcesses:
		p.recordProcesses(&s.Processes)
	case snapshot.DomainSystem:
		p.recordSystem(&s.System)
	case snapshot.DomainThermal:
		p.recordThermal(&s.Thermal)
	}
}

// cpuName is the value of the attribute cpu.
func (p *points) cpuName(number int) string {
	for number >= len(p.cpuNames) {
		p.cpuNames = append(p.cpuNames, "cpu"+strconv.Itoa(len(p.cpuNames)))
	}
	return p.cpuNames[number]
}

// share is part/whole. Nothing has no shares: whole is not 0.
func share(part, whole uint64) float64 { return float64(part) / float64(whole) }

// recordKnown records q if it is known.
func recordKnown(q snapshot.Quantity, record func(int64)) {
	if q.Known {
		record(signed(q.N))
	}
}

// recordCounter records a counter of a device if it is known, and in a sum over devices, which is not to fall when it is not,
// as it was known last.
func recordCounter(apart bool, now, last snapshot.Quantity, record func(int64)) {
	if !apart && !now.Known {
		now = last
	}
	recordKnown(now, record)
}

// signed is n as pdata has integers; no host has more of anything.
func signed(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

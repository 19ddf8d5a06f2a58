// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"runtime"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	conventions "go.opentelemetry.io/otel/semconv/v1.9.0"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/record"
)

// processPoints writes the points of each process under a resource of its own: the host's attributes and the process's.
type processPoints struct {
	*record.Recorder // Not that of the host: its batches are one process each.
	attributes       metadata.ResourceAttributesConfig
	filters          []attributeFilter
	host             pcommon.Resource
	version          string
	max              int // Processes in a batch.
	unfinished       bool
}

// pointsOfState is how many points a metric of one process has at most: as many as there are states of CPU time.
const pointsOfState = 3

func newProcessPoints(cfg *Config, version string) processPoints {
	return processPoints{
		Recorder:   record.New(&cfg.Metrics, cfg.MaxSeries),
		attributes: cfg.ResourceAttributes,
		version:    version,
		max:        max(cfg.MaxSeries/pointsOfState, 1),
	}
}

// record writes the processes of s and returns how many points that made, and how many processes were too many.
func (p *processPoints) record(metrics pmetric.Metrics, s *snapshot.Snapshot) (points, cut int) {
	l := &s.ProcessList
	told := l.List
	if len(told) > p.max {
		told, cut = told[:p.max], len(told)-p.max
	}
	all := metrics.ResourceMetrics()
	all.EnsureCapacity(all.Len() + len(told))
	for i := range told {
		one := &told[i]
		rm := all.AppendEmpty()
		p.unfinished = true
		p.describe(rm.Resource(), one)
		if !isProcessWanted(p.filters, rm.Resource()) {
			continue // Its resource says nothing, and is taken away with the others that do not.
		}
		rm.SetSchemaUrl(conventions.SchemaURL)
		sm := rm.ScopeMetrics().AppendEmpty()
		sm.Scope().SetName(metadata.ScopeName)
		sm.Scope().SetVersion(p.version)
		p.Begin(sm.Metrics(), pcommon.Timestamp(one.Start), pcommon.Timestamp(s.Time))
		recordProcess(p.Recorder, one, s)
		points += p.Flush()
		p.unfinished = false
	}
	return points, cut
}

// drop takes away the process that a panic has left half recorded.
func (p *processPoints) drop(metrics pmetric.Metrics) {
	p.Discard()
	if !p.unfinished {
		return
	}
	p.unfinished = false
	left := metrics.ResourceMetrics().Len()
	metrics.ResourceMetrics().RemoveIf(func(pmetric.ResourceMetrics) bool {
		left--
		return left == 0
	})
}

// describe gives r the host's attributes and those that are known of the process.
func (p *processPoints) describe(r pcommon.Resource, one *snapshot.Process) {
	const own = 8
	attributes := r.Attributes()
	attributes.EnsureCapacity(p.host.Attributes().Len() + own)
	p.host.CopyTo(r)
	if p.attributes.ProcessPid.Enabled {
		attributes.PutInt("process.pid", int64(one.PID))
	}
	if p.attributes.ProcessParentPid.Enabled && one.ParentPID.Known {
		attributes.PutInt("process.parent_pid", signed(one.ParentPID.N))
	}
	for _, text := range [...]struct {
		*metadata.ResourceAttributeConfig
		key, value string
	}{
		{&p.attributes.ProcessCgroup, "process.cgroup", one.Cgroup},
		{&p.attributes.ProcessCommand, "process.command", one.Command},
		{&p.attributes.ProcessCommandLine, "process.command_line", one.CommandLine},
		{&p.attributes.ProcessExecutableName, "process.executable.name", one.Name},
		{&p.attributes.ProcessExecutablePath, "process.executable.path", one.Path},
		{&p.attributes.ProcessOwner, "process.owner", one.Owner},
	} {
		if text.Enabled && text.value != "" {
			attributes.PutStr(text.key, text.value)
		}
	}
}

// hasHandles says that what a process has open are handles, which is what gopsutil counts there.
const hasHandles = runtime.GOOS == "windows"

// recordProcess records one process, or the sum of those that are not told one by one.
func recordProcess(r *record.Recorder, one *snapshot.Process, s *snapshot.Snapshot) {
	recordCPUOfProcess(r, one, &s.ProcessList)
	counters := &one.Counters
	const (
		read, write            = metadata.AttributeProcessDirectionRead, metadata.AttributeProcessDirectionWrite
		major, minor           = metadata.AttributeProcessFaultsTypeMajor, metadata.AttributeProcessFaultsTypeMinor
		involuntary, voluntary = metadata.AttributeProcessSwitchesTypeInvoluntary, metadata.AttributeProcessSwitchesTypeVoluntary
	)
	recordKnown(one.Resident, r.ProcessMemoryUsage.Record)
	recordKnown(one.Virtual, r.ProcessMemoryVirtual.Record)
	if whole := s.ProcessList.Memory; one.Resident.Known && whole.Known && whole.N > 0 {
		r.ProcessMemoryUtilization.Record(share(one.Resident.N, whole.N))
	}
	recordKnown(counters[snapshot.ProcessReadBytes], func(n int64) { r.ProcessDiskIo.Record(n, read) })
	recordKnown(counters[snapshot.ProcessWrittenBytes], func(n int64) { r.ProcessDiskIo.Record(n, write) })
	recordKnown(counters[snapshot.ProcessReads], func(n int64) { r.ProcessDiskOperations.Record(n, read) })
	recordKnown(counters[snapshot.ProcessWrites], func(n int64) { r.ProcessDiskOperations.Record(n, write) })
	recordKnown(counters[snapshot.ProcessMajorFaults], func(n int64) { r.ProcessPagingFaults.Record(n, major) })
	recordKnown(counters[snapshot.ProcessMinorFaults], func(n int64) { r.ProcessPagingFaults.Record(n, minor) })
	recordKnown(counters[snapshot.ProcessInvoluntarySwitches], func(n int64) { r.ProcessContextSwitches.Record(n, involuntary) })
	recordKnown(counters[snapshot.ProcessVoluntarySwitches], func(n int64) { r.ProcessContextSwitches.Record(n, voluntary) })
	recordKnown(one.Threads, r.ProcessThreads.Record)
	recordKnown(one.FileDescriptors, r.ProcessOpenFileDescriptors.Record)
	if hasHandles {
		recordKnown(one.FileDescriptors, r.ProcessHandles.Record)
	}
	recordKnown(one.SignalsPending, r.ProcessSignalsPending.Record)
	if one.Start != 0 {
		r.ProcessUptime.Record(max(s.Time-one.Start, 0))
	}
}

// recordCPUOfProcess records the CPU time, and its share of the time of all CPUs since the snapshot before.
func recordCPUOfProcess(r *record.Recorder, one *snapshot.Process, l *snapshot.ProcessList) {
	for _, state := range [...]struct {
		metadata.AttributeProcessCPUState
		snapshot.ProcessCounter
	}{
		{metadata.AttributeProcessCPUStateUser, snapshot.ProcessUserTime},
		{metadata.AttributeProcessCPUStateSystem, snapshot.ProcessSystemTime},
		{metadata.AttributeProcessCPUStateWait, snapshot.ProcessWaitTime},
	} {
		if spent := one.Counters[state.ProcessCounter]; spent.Known {
			r.ProcessCPUTime.Record(signed(spent.N), state.AttributeProcessCPUState)
		}
		if since := one.Since[state.ProcessCounter]; since.Known && l.Elapsed.Known && l.CPUs.Known && l.Elapsed.N > 0 {
			r.ProcessCPUUtilization.Record(share(since.N, l.Elapsed.N)/float64(max(l.CPUs.N, 1)), state.AttributeProcessCPUState)
		}
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"errors"
	"runtime"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/record"
)

// ProcessConfig has the options of the process scraper.
type ProcessConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// Include selects the processes that have series by executable name; without names, all of them.
	Include ProcessFilter `mapstructure:"include"`
	// Exclude selects the processes that have no series by executable name, of those included.
	Exclude ProcessFilter `mapstructure:"exclude"`
	// ScrapeProcessDelay is the minimum age of a process that has series.
	ScrapeProcessDelay time.Duration `mapstructure:"scrape_process_delay"`
	// MaskCommandLine masks secrets in process.command_line.
	MaskCommandLine bool `mapstructure:"mask_command_line"`
	// Top is the selection of processes that have series of their own.
	Top TopConfig `mapstructure:"top"`

	// Here a persistent condition is logged once, so there is nothing to mute.

	// MuteProcessAllErrors is a key of host_metrics, accepted without effect.
	MuteProcessAllErrors bool `mapstructure:"mute_process_all_errors"`
	// MuteProcessCgroupError is a key of host_metrics, accepted without effect.
	MuteProcessCgroupError bool `mapstructure:"mute_process_cgroup_error"`
	// MuteProcessExeError is a key of host_metrics, accepted without effect.
	MuteProcessExeError bool `mapstructure:"mute_process_exe_error"`
	// MuteProcessIOError is a key of host_metrics, accepted without effect.
	MuteProcessIOError bool `mapstructure:"mute_process_io_error"`
	// MuteProcessNameError is a key of host_metrics, accepted without effect.
	MuteProcessNameError bool `mapstructure:"mute_process_name_error"`
	// MuteProcessUserError is a key of host_metrics, accepted without effect.
	MuteProcessUserError bool `mapstructure:"mute_process_user_error"`

	_ struct{} // Prevents unkeyed literals.
}

// ProcessFilter selects processes by name.
type ProcessFilter struct {
	FilterConfig FilterConfig `mapstructure:",squash"`
	// Names is the list of patterns.
	Names []string `mapstructure:"names"`

	_ struct{} // Prevents unkeyed literals.
}

func (p *ProcessFilter) named(path string) namedFilter {
	return namedFilter{path: path, key: "names", matchType: p.FilterConfig.MatchType, patterns: p.Names}
}

// TopConfig selects the processes that have series of their own.
type TopConfig struct {
	// Count is the number of these processes; 0 is all of them. The others share one sum.
	Count int `mapstructure:"count"`
	// By is what processes are ranked by.
	By probe.TopBy `mapstructure:"by"`

	_ struct{} // Prevents unkeyed literals.
}

// topOfFull is the number of processes that have series in the template full. A flood of processes would otherwise be as many
// series, which exporters and backends keep for minutes.
const topOfFull = 50

var topOrders = []probe.TopBy{probe.TopByCPU, probe.TopByMemory, probe.TopByIO}

func defaultProcessConfig() ProcessConfig {
	return ProcessConfig{MaskCommandLine: true, Top: TopConfig{By: probe.TopByCPU}}
}

func (p *ProcessConfig) include() namedFilter { return p.Include.named("scrapers::process::include") }

// filter returns a predicate that selects processes by executable name; nil selects all of them.
func (p *ProcessConfig) filter() (keep func(name string) bool, err error) {
	return includeExclude(p.include(), p.Exclude.named("scrapers::process::exclude"))
}

func (p *ProcessConfig) validate() error {
	_, err := p.filter()
	return errors.Join(
		err,
		atLeast("scrapers::process::scrape_process_delay", p.ScrapeProcessDelay, 0),
		atLeast("scrapers::process::top::count", p.Top.Count, 0),
		oneOf("scrapers::process::top::by", p.Top.By, topOrders),
	)
}

var processMetrics = []string{
	"process.context_switches",
	"process.cpu.time",
	"process.cpu.utilization",
	"process.disk.io",
	"process.disk.operations",
	"process.handles",
	"process.memory.usage",
	"process.memory.utilization",
	"process.memory.virtual",
	"process.open_file_descriptors",
	"process.paging.faults",
	"process.signals_pending",
	"process.threads",
	"process.unix.file_descriptor.limit",
	"process.uptime",
}

func wantProcess(cfg *Config, want *snapshot.Want) {
	m, r, top := &cfg.Metrics, &cfg.ResourceAttributes, &cfg.Scrapers.Process.Top
	p := &want.Process
	p.MemoryShare = m.ProcessMemoryUtilization.Enabled
	p.Age = m.ProcessUptime.Enabled
	p.Memory = m.ProcessMemoryUsage.Enabled || m.ProcessMemoryVirtual.Enabled || p.MemoryShare || top.Count > 0 && top.By == probe.TopByMemory
	p.IO = m.ProcessDiskIo.Enabled || m.ProcessDiskOperations.Enabled || top.Count > 0 && top.By == probe.TopByIO
	p.Switches, p.Signals = m.ProcessContextSwitches.Enabled, m.ProcessSignalsPending.Enabled
	p.FileDescriptors = m.ProcessOpenFileDescriptors.Enabled || hasHandles && m.ProcessHandles.Enabled
	p.FileDescriptorLimit = m.ProcessUnixFileDescriptorLimit.Enabled
	p.Utilization = m.ProcessCPUUtilization.Enabled
	p.Command = r.ProcessCommand.Enabled || r.ProcessCommandLine.Enabled
	p.Path, p.Owner, p.Cgroup = r.ProcessExecutablePath.Enabled, r.ProcessOwner.Enabled, r.ProcessCgroup.Enabled
}

// processGroups has the attributes that tell processes apart where process.pid does not; nil where it does.
func processGroups(r *metadata.ResourceAttributesConfig) *probe.ProcessGroups {
	if r.ProcessPid.Enabled {
		return nil
	}
	return &probe.ProcessGroups{
		ParentPID: r.ProcessParentPid.Enabled, Name: r.ProcessExecutableName.Enabled, Path: r.ProcessExecutablePath.Enabled,
		Command: r.ProcessCommand.Enabled, CommandLine: r.ProcessCommandLine.Enabled, Owner: r.ProcessOwner.Enabled,
		Cgroup: r.ProcessCgroup.Enabled,
	}
}

func wantProcessDocument(_ *Config, want *snapshot.Want) {
	p := &want.Process
	p.Top, p.Memory, p.MemoryShare, p.FileDescriptors = true, true, true, true
	wantProcessRates(want)
}

func wantProcessRates(want *snapshot.Want) { want.Process.IO, want.Process.Utilization = true, true }

// processPoints writes the points of each process, or group of processes, below a resource of its own, with the attributes of the
// host and of the process.
type processPoints struct {
	*record.Recorder // Separate from the host's: a batch is one resource.
	attributes       metadata.ResourceAttributesConfig
	filters          []attributeFilter
	host             pcommon.Resource
	version          string
	max              int // Resources in a batch.
	unfinished       bool
}

// pointsOfState is the maximum number of points of a metric per resource: one per state of CPU time.
const pointsOfState = 3

func newProcessPoints(cfg *Config, version string) processPoints {
	r := record.New(&cfg.Metrics, cfg.MaxSeries)
	if !cfg.ResourceAttributes.ProcessPid.Enabled {
		mergeProcesses(r)
	}
	return processPoints{
		Recorder:   r,
		attributes: cfg.ResourceAttributes,
		version:    version,
		max:        max(cfg.MaxSeries/pointsOfState, 1),
	}
}

// mergeProcesses makes one point of the gauges and the up-down counters of all processes of a batch.
func mergeProcesses(r *record.Recorder) {
	r.ProcessCPUUtilization.Fold()
	r.ProcessHandles.Fold()
	r.ProcessMemoryUsage.Fold()
	r.ProcessMemoryUtilization.Fold()
	r.ProcessMemoryVirtual.Fold()
	r.ProcessOpenFileDescriptors.Fold()
	r.ProcessSignalsPending.Fold()
	r.ProcessThreads.Fold()
	r.ProcessUnixFileDescriptorLimit.Fold()
	r.ProcessUptime.Fold()
}

// record writes the processes of s and returns the number of points, and of resources dropped.
func (p *processPoints) record(metrics pmetric.Metrics, s *snapshot.Snapshot) (points, cut int) {
	l := &s.ProcessList
	isGrouped := !p.attributes.ProcessPid.Enabled
	resources := len(l.List)
	if isGrouped {
		resources = len(l.Groups)
	}
	written := min(resources, p.max)
	metrics.ResourceMetrics().EnsureCapacity(metrics.ResourceMetrics().Len() + written)
	for i := range written {
		if isGrouped {
			points += p.recordGroup(metrics, &l.Groups[i], s)
		} else {
			points += p.recordOne(metrics, &l.List[i], s)
		}
	}
	return points, resources - written
}

func (p *processPoints) recordOne(metrics pmetric.Metrics, one *snapshot.Process, s *snapshot.Snapshot) (points int) {
	if !p.begin(metrics, one, one.Start, s.Time) {
		return 0
	}
	recordProcess(p.Recorder, one, s)
	return p.finish()
}

func (p *processPoints) recordGroup(metrics pmetric.Metrics, group *snapshot.ProcessGroup, s *snapshot.Snapshot) (points int) {
	list := s.ProcessList.List
	if !p.begin(metrics, &list[group.Members[0]], group.Start, s.Time) {
		return 0
	}
	recordProcessCounters(p.Recorder, &group.Counters)
	for _, i := range group.Members {
		recordProcessGauges(p.Recorder, &list[i], s)
	}
	return p.finish()
}

// begin starts the batch of a resource described by one, if its filters keep it. Otherwise the resource stays empty, and is removed
// with all others that are.
func (p *processPoints) begin(metrics pmetric.Metrics, one *snapshot.Process, start, now int64) (isWanted bool) {
	rm := metrics.ResourceMetrics().AppendEmpty()
	p.unfinished = true
	p.describe(rm.Resource(), one)
	if !isProcessWanted(p.filters, rm.Resource()) {
		p.unfinished = false
		return false
	}
	p.Begin(describeScope(rm, p.version), pcommon.Timestamp(start), pcommon.Timestamp(now))
	return true
}

// finish writes the batch of a resource and returns the number of its points.
func (p *processPoints) finish() (points int) {
	points = p.Flush()
	p.unfinished = false
	return points
}

// drop removes the process that was being recorded when there was a panic.
func (p *processPoints) drop(metrics pmetric.Metrics) {
	p.Discard()
	if !p.unfinished {
		return
	}
	p.unfinished = false
	remaining := metrics.ResourceMetrics().Len()
	metrics.ResourceMetrics().RemoveIf(func(pmetric.ResourceMetrics) bool {
		remaining--
		return remaining == 0
	})
}

// describe sets the attributes of the host and the known ones of the process.
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

// hasHandles is true where gopsutil counts handles as the open files of a process.
const hasHandles = runtime.GOOS == "windows"

// recordOtherProcesses records the sum of the processes beyond top.
func (p *points) recordOtherProcesses(s *snapshot.Snapshot) {
	if s.ProcessList.HasOthers {
		recordProcess(p.Recorder, &s.ProcessList.Others, s)
	}
}

// recordProcess records one process, or the sum of the processes beyond top.
func recordProcess(r *record.Recorder, one *snapshot.Process, s *snapshot.Snapshot) {
	recordProcessCounters(r, &one.Counters)
	recordProcessGauges(r, one, s)
}

// processCPUStates are the states of a process's CPU time.
var processCPUStates = [...]struct {
	metadata.AttributeProcessCPUState
	snapshot.ProcessCounter
}{
	{metadata.AttributeProcessCPUStateUser, snapshot.ProcessUserTime},
	{metadata.AttributeProcessCPUStateSystem, snapshot.ProcessSystemTime},
	{metadata.AttributeProcessCPUStateWait, snapshot.ProcessWaitTime},
}

func recordProcessCounters(r *record.Recorder, counters *snapshot.ProcessCounters) {
	const (
		read, write            = metadata.AttributeProcessDirectionRead, metadata.AttributeProcessDirectionWrite
		major, minor           = metadata.AttributeProcessFaultsTypeMajor, metadata.AttributeProcessFaultsTypeMinor
		involuntary, voluntary = metadata.AttributeProcessSwitchesTypeInvoluntary, metadata.AttributeProcessSwitchesTypeVoluntary
	)
	for _, state := range processCPUStates {
		recordKnown(counters[state.ProcessCounter], func(n int64) { r.ProcessCPUTime.Record(n, state.AttributeProcessCPUState) })
	}
	recordKnown(counters[snapshot.ProcessReadBytes], func(n int64) { r.ProcessDiskIo.Record(n, read) })
	recordKnown(counters[snapshot.ProcessWrittenBytes], func(n int64) { r.ProcessDiskIo.Record(n, write) })
	recordKnown(counters[snapshot.ProcessReads], func(n int64) { r.ProcessDiskOperations.Record(n, read) })
	recordKnown(counters[snapshot.ProcessWrites], func(n int64) { r.ProcessDiskOperations.Record(n, write) })
	recordKnown(counters[snapshot.ProcessMajorFaults], func(n int64) { r.ProcessPagingFaults.Record(n, major) })
	recordKnown(counters[snapshot.ProcessMinorFaults], func(n int64) { r.ProcessPagingFaults.Record(n, minor) })
	recordKnown(counters[snapshot.ProcessInvoluntarySwitches], func(n int64) { r.ProcessContextSwitches.Record(n, involuntary) })
	recordKnown(counters[snapshot.ProcessVoluntarySwitches], func(n int64) { r.ProcessContextSwitches.Record(n, voluntary) })
}

// recordProcessGauges records what may fall: gauges and up-down counters.
func recordProcessGauges(r *record.Recorder, one *snapshot.Process, s *snapshot.Snapshot) {
	l := &s.ProcessList
	for _, state := range processCPUStates {
		// A share of the time of all CPUs since the previous snapshot.
		if since := one.Since[state.ProcessCounter]; since.Known && l.Elapsed.Known && l.CPUs.Known && l.Elapsed.N > 0 {
			r.ProcessCPUUtilization.Record(share(since.N, l.Elapsed.N)/float64(max(l.CPUs.N, 1)), state.AttributeProcessCPUState)
		}
	}
	recordKnown(one.Resident, r.ProcessMemoryUsage.Record)
	recordKnown(one.Virtual, r.ProcessMemoryVirtual.Record)
	if one.Resident.Known && l.Memory.Known && l.Memory.N > 0 {
		r.ProcessMemoryUtilization.Record(share(one.Resident.N, l.Memory.N))
	}
	recordKnown(one.Threads, r.ProcessThreads.Record)
	recordKnown(one.FileDescriptors, r.ProcessOpenFileDescriptors.Record)
	recordKnown(one.FileDescriptorLimit, r.ProcessUnixFileDescriptorLimit.Record)
	if hasHandles {
		recordKnown(one.FileDescriptors, r.ProcessHandles.Record)
	}
	recordKnown(one.SignalsPending, r.ProcessSignalsPending.Record)
	recordKnown(one.Age, r.ProcessUptime.Record)
}

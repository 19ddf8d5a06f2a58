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

var topOrders = []probe.TopBy{probe.TopByCPU, probe.TopByMemory, probe.TopByIO}

func defaultProcessConfig() ProcessConfig {
	return ProcessConfig{MaskCommandLine: true, Top: TopConfig{By: probe.TopByCPU}}
}

// filter returns a predicate that selects processes by executable name; nil selects all of them.
func (p *ProcessConfig) filter() (keep func(name string) bool, err error) {
	return includeExclude(p.Include.named("scrapers::process::include"), p.Exclude.named("scrapers::process::exclude"))
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
	p.Utilization = m.ProcessCPUUtilization.Enabled
	p.Command = r.ProcessCommand.Enabled || r.ProcessCommandLine.Enabled
	p.Path, p.Owner, p.Cgroup = r.ProcessExecutablePath.Enabled, r.ProcessOwner.Enabled, r.ProcessCgroup.Enabled
}

func wantProcessDocument(_ *Config, want *snapshot.Want) {
	p := &want.Process
	p.Top, p.Memory, p.MemoryShare, p.FileDescriptors = true, true, true, true
	wantProcessRates(want)
}

func wantProcessRates(want *snapshot.Want) { want.Process.IO, want.Process.Utilization = true, true }

// processPoints writes the points of each process below a resource of its own, with the attributes of the host and of the process.
type processPoints struct {
	*record.Recorder // Separate from the host's: a batch is one process.
	attributes       metadata.ResourceAttributesConfig
	filters          []attributeFilter
	host             pcommon.Resource
	version          string
	max              int // Processes in a batch.
	unfinished       bool
}

// pointsOfState is the maximum number of points of a metric per process: one per state of CPU time.
const pointsOfState = 3

func newProcessPoints(cfg *Config, version string) processPoints {
	return processPoints{
		Recorder:   record.New(&cfg.Metrics, cfg.MaxSeries),
		attributes: cfg.ResourceAttributes,
		version:    version,
		max:        max(cfg.MaxSeries/pointsOfState, 1),
	}
}

// record writes the processes of s and returns the number of points, and of processes dropped.
func (p *processPoints) record(metrics pmetric.Metrics, s *snapshot.Snapshot) (points, cut int) {
	l := &s.ProcessList
	list := l.List
	if len(list) > p.max {
		list, cut = list[:p.max], len(list)-p.max
	}
	all := metrics.ResourceMetrics()
	all.EnsureCapacity(all.Len() + len(list))
	for i := range list {
		process := &list[i]
		rm := all.AppendEmpty()
		p.unfinished = true
		p.describe(rm.Resource(), process)
		if !isProcessWanted(p.filters, rm.Resource()) {
			continue // The resource stays empty, and is removed with all others that are.
		}
		p.Begin(describeScope(rm, p.version), pcommon.Timestamp(process.Start), pcommon.Timestamp(s.Time))
		recordProcess(p.Recorder, process, s)
		points += p.Flush()
		p.unfinished = false
	}
	return points, cut
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
	recordProcessCPU(r, one, &s.ProcessList)
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
	recordKnown(one.Age, r.ProcessUptime.Record)
}

// recordProcessCPU records the CPU time, and its share of the time of all CPUs since the previous snapshot.
func recordProcessCPU(r *record.Recorder, one *snapshot.Process, l *snapshot.ProcessList) {
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

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"errors"
	"io/fs"
	"math"
	"runtime"

	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/process"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// statuses are gopsutil's names.
var statuses = map[string]snapshot.ProcessStatus{
	process.Blocked:  snapshot.StatusBlocked,
	process.Daemon:   snapshot.StatusDaemon,
	process.Detached: snapshot.StatusDetached,
	process.Idle:     snapshot.StatusIdle,
	process.Lock:     snapshot.StatusLocked,
	process.Orphan:   snapshot.StatusOrphan,
	process.Running:  snapshot.StatusRunning,
	process.Sleep:    snapshot.StatusSleeping,
	process.Stop:     snapshot.StatusStopped,
	process.System:   snapshot.StatusSystem,
	process.Wait:     snapshot.StatusPaging,
	process.Zombie:   snapshot.StatusZombie,
}

// ProcessCounts counts the processes by status. Windows has none.
func (r *Reader) ProcessCounts(p *snapshot.Processes) error {
	if runtime.GOOS == "windows" {
		return errors.ErrUnsupported
	}
	all, err := process.ProcessesWithContext(r.ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		names, err := one.StatusWithContext(r.ctx)
		switch {
		case errors.Is(err, fs.ErrPermission):
			p.Hidden++
			p.ByStatus[snapshot.StatusUnknown]++
		case err != nil: // It has ended.
		case len(names) == 1:
			status, ok := statuses[names[0]]
			if !ok {
				status = snapshot.StatusUnknown
			}
			p.ByStatus[status]++
		default:
			p.ByStatus[snapshot.StatusUnknown]++
		}
	}
	p.CountKnown = true
	return nil
}

// ProcessesCreated is known on Linux and OpenBSD.
func (r *Reader) ProcessesCreated(p *snapshot.Processes) error {
	if runtime.GOOS != "linux" && runtime.GOOS != "openbsd" {
		return errors.ErrUnsupported
	}
	misc, err := load.MiscWithContext(r.ctx)
	if err == nil {
		p.Created = count(uint64(misc.ProcsCreated))
	}
	return err
}

// ProcessParts selects what is read of processes, and of which.
type ProcessParts struct {
	Memory, MemoryShare, IO, Switches, FileDescriptors, FileDescriptorLimit, Status bool
	Command, Path, Owner                                                            bool

	Keep func(name string) bool
	// CommandLine makes one line of arguments.
	CommandLine func(arguments []string) string
	// Printable makes a text fit to leave the process.
	Printable func(text string) string
}

// ProcessList fills l with the selected processes. What cannot be read of one is omitted. gopsutil reports neither cgroups
// nor pending signals, and context switches of one thread only.
func (r *Reader) ProcessList(l *snapshot.ProcessList, parts *ProcessParts) error {
	all, err := process.ProcessesWithContext(r.ctx)
	if err != nil {
		return err
	}
	if parts.MemoryShare {
		v, err := mem.VirtualMemoryWithContext(r.ctx)
		if err != nil {
			return err
		}
		l.Memory = snapshot.Known(v.Total)
	}
	for _, one := range all {
		name, err := one.NameWithContext(r.ctx)
		if errors.Is(err, fs.ErrPermission) {
			l.Hidden++
		}
		if err != nil || parts.Keep != nil && !parts.Keep(parts.Printable(name)) {
			continue
		}
		p := snapshot.Process{PID: uint32(one.Pid), Name: parts.Printable(name)}
		if r.process(&p, one, parts) {
			l.Hidden++
		}
		l.List = append(l.List, p)
	}
	return nil
}

// process fills p and reports whether privileges to read a part are lacking.
func (r *Reader) process(p *snapshot.Process, one *process.Process, parts *ProcessParts) (hidden bool) {
	told := func(err error) bool {
		hidden = hidden || errors.Is(err, fs.ErrPermission)
		return err == nil
	}
	if parent, err := one.PpidWithContext(r.ctx); told(err) {
		p.ParentPID = count(uint64(parent))
	}
	if created, err := one.CreateTimeWithContext(r.ctx); told(err) {
		p.Start = created * 1e6
	}
	if times, err := one.TimesWithContext(r.ctx); told(err) {
		p.Counters[snapshot.ProcessUserTime] = nanoseconds(times.User)
		p.Counters[snapshot.ProcessSystemTime] = nanoseconds(times.System)
		if runtime.GOOS == "linux" {
			p.Counters[snapshot.ProcessWaitTime] = nanoseconds(times.Iowait)
		}
	}
	if faults, err := one.PageFaultsWithContext(r.ctx); told(err) && faults != nil {
		p.Counters[snapshot.ProcessMajorFaults] = count(faults.MajorFaults)
		p.Counters[snapshot.ProcessMinorFaults] = count(faults.MinorFaults)
	}
	threads, err := one.NumThreadsWithContext(r.ctx)
	if told(err) {
		p.Threads = count(uint64(threads))
	}
	if parts.Status {
		if names, err := one.StatusWithContext(r.ctx); told(err) && len(names) == 1 {
			p.Status, p.StatusKnown = statuses[names[0]]
		}
	}
	r.processMemory(p, one, parts, told)
	if parts.IO && runtime.GOOS != "darwin" {
		if io, err := one.IOCountersWithContext(r.ctx); told(err) {
			p.Counters[snapshot.ProcessReadBytes], p.Counters[snapshot.ProcessWrittenBytes] = count(io.ReadBytes), count(io.WriteBytes)
			p.Counters[snapshot.ProcessReads], p.Counters[snapshot.ProcessWrites] = count(io.ReadCount), count(io.WriteCount)
		}
	}
	if parts.Switches && threads == 1 {
		if switches, err := one.NumCtxSwitchesWithContext(r.ctx); told(err) {
			p.Counters[snapshot.ProcessVoluntarySwitches] = count(uint64(switches.Voluntary))
			p.Counters[snapshot.ProcessInvoluntarySwitches] = count(uint64(switches.Involuntary))
		}
	}
	if parts.FileDescriptors {
		if n, err := one.NumFDsWithContext(r.ctx); told(err) {
			p.FileDescriptors = count(uint64(n))
		}
	}
	if parts.FileDescriptorLimit && runtime.GOOS == "linux" { // gopsutil has it nowhere else.
		if limits, err := one.RlimitWithContext(r.ctx); told(err) {
			p.FileDescriptorLimit = openFilesLimit(limits)
		}
	}
	r.processNames(p, one, parts, told)
	return hidden
}

// openFilesLimit is the soft limit on open files, unknown if there is none.
func openFilesLimit(limits []process.RlimitStat) (n snapshot.Quantity) {
	for i := range limits {
		if limits[i].Resource == process.RLIMIT_NOFILE && limits[i].Soft <= math.MaxInt64 {
			n = count(limits[i].Soft)
		}
	}
	return n
}

func (r *Reader) processMemory(p *snapshot.Process, one *process.Process, parts *ProcessParts, told func(error) bool) {
	if !parts.Memory {
		return
	}
	if memory, err := one.MemoryInfoWithContext(r.ctx); told(err) {
		p.Resident, p.Virtual = count(memory.RSS), count(memory.VMS)
	}
}

func (r *Reader) processNames(p *snapshot.Process, one *process.Process, parts *ProcessParts, told func(error) bool) {
	if parts.Command {
		if arguments, err := one.CmdlineSliceWithContext(r.ctx); told(err) && len(arguments) > 0 {
			p.Command, p.CommandLine = parts.CommandLine(arguments[:1]), parts.CommandLine(arguments)
		}
	}
	if parts.Path {
		if path, err := one.ExeWithContext(r.ctx); told(err) {
			p.Path = parts.Printable(path)
		}
	}
	if parts.Owner {
		if owner, err := one.UsernameWithContext(r.ctx); told(err) {
			p.Owner = parts.Printable(owner)
		}
	}
}

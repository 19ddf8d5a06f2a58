// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Source is the source of the domain process: it lists the processes that Options selects, and reads of each what the scrape
// requests. Processes are selected before any file but stat and cmdline is read.
type Source struct {
	host       *source.Host
	processes  *Table
	options    *Options
	identities identityReader
	statm      procfs.PIDStatm
	io         procfs.PIDIO
	status     procfs.PIDStatus
	limits     procfs.PIDLimits
	tasks      []uint32
	// sizesOfFD says that the size of /proc/PID/fd is the number of open descriptors, as it is since Linux 6.2.
	sizesOfFD bool
	// ioHead reads io on kernels that block the reader while the process executes a program; nil on others.
	ioHead *headReader
	errs   [numProcessFiles]error // The last error of each file in this scrape, of any process.
	// malformed are those of errs that parsers have reported.
	malformed [numProcessFiles]scan.LineError
}

// processFile is a file of /proc/PID, or its attributes, by which faults are grouped.
type processFile uint8

const (
	fileStatm processFile = iota
	fileIO
	fileStatus
	fileTask
	fileFD
	fileLimits
	fileExe
	fileCmdline
	fileCgroup
	fileOwner
	numProcessFiles
)

var processFileNames = [numProcessFiles]string{
	fileStatm: "proc/[pid]/statm", fileIO: "proc/[pid]/io", fileStatus: "proc/[pid]/status", fileTask: "proc/[pid]/task",
	fileFD: "proc/[pid]/fd", fileExe: "proc/[pid]/exe", fileCmdline: "proc/[pid]/cmdline", fileCgroup: "proc/[pid]/cgroup",
	fileOwner: "proc/[pid]", fileLimits: "proc/[pid]/limits",
}

// New returns the source of the domain process. It reads the processes of table. o must not change afterwards.
func New(h *source.Host, table *Table, o *Options) *Source {
	p := &Source{host: h, processes: table, options: o, identities: newIdentityReader(h, table, o)}
	// The host's kernel is the collector's own, whatever the root is.
	var own unix.Stat_t
	p.sizesOfFD = unix.Stat("/proc/self/fd", &own) == nil && own.Size > 0
	var name unix.Utsname
	if unix.Uname(&name) == nil && ioMayWait(unix.ByteSliceToString(name.Release[:])) {
		p.ioHead = newHeadReader(h.Calls, "/io", maxIOText)
	}
	return p
}

// Options selects the processes that are listed, and how.
type Options struct {
	// Keep reports whether a process is listed, by the name of its executable; nil keeps all.
	Keep func(name string) bool
	// Delay is the minimum age of a listed process. One whose start time is unknown is listed.
	Delay time.Duration
	// MaskCommandLines replaces secrets in command lines by ***, see AppendCommandLine.
	MaskCommandLines bool
}

// maxIOText is the largest number of bytes read of io, which has seven lines with 64-bit numbers.
const maxIOText = 512

// ioMayWait reports whether the kernel of this release, one before 5.7, holds the lock that io takes for as long as execve(2)
// runs.
func ioMayWait(release string) bool {
	var major, minor int
	n, _ := fmt.Sscanf(release, "%d.%d", &major, &minor)
	return n == 2 && (major < 5 || major == 5 && minor < 7)
}

// Read implements source.Source.
func (p *Source) Read(sc *source.Scrape) (filled bool) {
	if !p.processes.walk(sc) {
		return false
	}
	p.errs = [numProcessFiles]error{}
	list := &sc.Snapshot.ProcessList
	list.Hidden = p.processes.hidden
	p.fillHost(sc, list)
	if len(p.processes.living) > 0 {
		p.identities.users.refresh(sc)
	}
	for _, one := range p.processes.living {
		p.readProcess(sc, list, one)
	}
	for file, err := range p.errs {
		if err != nil {
			sc.ProcessFault(processFileNames[file], err)
		}
	}
	p.identities.sweep(sc.Tick)
	return true
}

// fillHost fills what utilizations are relative to: the host's number of CPUs and its memory in bytes.
func (p *Source) fillHost(sc *source.Scrape, list *snapshot.ProcessList) {
	if sc.Want.Process.Utilization {
		if stat := p.host.Stat.ReadLines(sc); stat != nil && len(stat.CPU) > 0 {
			list.CPUs = snapshot.Known(uint64(len(stat.CPU)))
		}
	}
	if sc.Want.Process.MemoryShare {
		if meminfo := p.host.Meminfo.ReadLines(sc); meminfo != nil {
			if list.Memory = source.BytesOfKB(meminfo.MemTotal); !list.Memory.Known {
				p.host.Meminfo.Read(sc) // To report why.
			}
		}
	}
}

// readProcess appends one process to the list if it is selected. It reuses the memory of the list.
func (p *Source) readProcess(sc *source.Scrape, list *snapshot.ProcessList, one *process) {
	start := startOf(sc, one)
	age := p.ageOf(sc, one, start)
	if age.Known && age.N < uint64(max(p.options.Delay, 0)) {
		return
	}
	if !p.identities.selects(sc, one) {
		return
	}
	if len(list.List) < cap(list.List) {
		list.List = list.List[:len(list.List)+1]
	} else {
		list.List = append(list.List, snapshot.Process{})
	}
	s, stat, id := &list.List[len(list.List)-1], &one.stat, &one.identity
	*s = snapshot.Process{
		PID: one.pid, ParentPID: snapshot.Quantity(stat.PPID), Start: start, Age: age,
		Name: id.name, Path: id.path, Command: id.command, CommandLine: id.commandLine, Cgroup: id.cgroup,
		Threads: snapshot.Quantity(stat.NumThreads),
	}
	if id.hasOwner {
		s.Owner = p.identities.users.name(id.owner)
	}
	s.Counters[snapshot.ProcessUserTime] = source.Ticks(stat.UTime)
	s.Counters[snapshot.ProcessSystemTime] = source.Ticks(stat.STime)
	s.Counters[snapshot.ProcessWaitTime] = source.Ticks(stat.BlkIODelayTicks)
	s.Counters[snapshot.ProcessMajorFaults] = snapshot.Quantity(stat.MajFlt)
	s.Counters[snapshot.ProcessMinorFaults] = snapshot.Quantity(stat.MinFlt)

	want, hidden := &sc.Want.Process, id.hidden
	if want.Top {
		s.Status, s.StatusKnown = statusOf(stat.State), stat.State != 0
	}
	if want.Memory {
		hidden = p.noteErr(fileStatm, p.readMemory(one, s)) || hidden
	}
	if want.IO {
		hidden = p.noteErr(fileIO, p.readIO(sc, one, s)) || hidden
	}
	if want.Switches || want.Signals {
		hidden = p.noteErr(fileStatus, p.readStatus(sc, one, s)) || hidden
	}
	if want.FileDescriptors {
		hidden = p.noteErr(fileFD, p.readFileDescriptors(one, s)) || hidden
	}
	if want.FileDescriptorLimit {
		hidden = p.noteErr(fileLimits, p.readLimits(one, s)) || hidden
	}
	for i, err := range id.errs {
		p.noteErr(identityFiles[i], err)
	}
	if hidden {
		list.Hidden++
	}
}

// noteErr keeps an error of one process, unless it is that the process has ended, and reports whether the collector lacks the
// privileges to read the file.
func (p *Source) noteErr(file processFile, err error) (hidden bool) {
	if err == nil || isGone(err) {
		return false
	}
	p.errs[file] = p.keep(file, err)
	return errors.Is(err, fs.ErrPermission)
}

// keep returns err, or a copy of the error of a parser, which the parser reuses.
func (p *Source) keep(file processFile, err error) error {
	bad, ok := err.(*scan.LineError) //nolint:errorlint // It is never wrapped.
	if !ok {
		return err
	}
	p.malformed[file] = *bad
	return &p.malformed[file]
}

// startOf returns when a process started, in nanoseconds since the Unix epoch; 0 while the boot time is unknown. It is
// computed once, from the ticks since boot, and not after the first scrape that has the process: below lxcfs the boot time
// may be that of a container, and the ticks those of the host.
func startOf(sc *source.Scrape, one *process) int64 {
	if one.start == 0 && sc.Boot != 0 && one.stat.StartTime.Known {
		one.start = min(sc.Boot+int64(one.stat.StartTime.N*source.NanosecondsPerTick), sc.Snapshot.Time)
	}
	return one.start
}

// ageOf returns how long a process has been running, in nanoseconds: the uptime of the host less the ticks at which it
// started, for the wall clock may be set at any time. It is unknown if that is negative.
func (p *Source) ageOf(sc *source.Scrape, one *process, start int64) snapshot.Quantity {
	if !sc.Want.Process.Age && p.options.Delay <= 0 {
		return snapshot.Quantity{}
	}
	uptime, _ := p.host.Uptime.Parse(sc) // The domain system reports what is wrong with it.
	if uptime.Up.Known {
		return source.Sub(snapshot.Quantity(uptime.Up), source.Ticks(one.stat.StartTime))
	}
	return snapshot.Quantity{N: uint64(max(sc.Snapshot.Time-start, 0)), Known: start != 0}
}

// readStatus reads the pending signals and the context switches. status has the switches of one thread only, so those of the
// other threads are read from theirs.
func (p *Source) readStatus(sc *source.Scrape, one *process, s *snapshot.Process) error {
	err := p.parseStatus(p.processes.path(one.pid, "/status"))
	if err != nil && source.ReasonOf(err) != source.Malformed {
		return err
	}
	err = p.keep(fileStatus, err)
	s.SignalsPending = snapshot.Quantity(p.status.PendingSignals)
	if !sc.Want.Process.Switches {
		return err
	}
	sum := [2]procfs.Number{p.status.VoluntarySwitches, p.status.NonvoluntarySwitches}
	if (sum[0].Known || sum[1].Known) && (!one.stat.NumThreads.Known || one.stat.NumThreads.N > 1) {
		var ofThreads error
		if sum, ofThreads = p.sumThreads(one.pid); ofThreads != nil {
			err = ofThreads
		}
	}
	total := one.switches.add(sum)
	s.Counters[snapshot.ProcessVoluntarySwitches] = total[0]
	s.Counters[snapshot.ProcessInvoluntarySwitches] = total[1]
	return err
}

// parseStatus parses a status file into p.status.
func (p *Source) parseStatus(name []byte) error {
	t := p.processes
	text, err := t.dir.ReadFile(name, t.text)
	if err != nil {
		return err
	}
	t.text = text[:0]
	return p.status.Parse(text)
}

// sumThreads sums the voluntary and the involuntary context switches of the threads that exist. A sum of which one part is
// unknown is unknown.
func (p *Source) sumThreads(pid uint32) (sum [2]procfs.Number, err error) {
	t := p.processes
	if p.tasks, err = t.dir.NumbersAt(t.path(pid, "/task"), p.tasks[:0]); err != nil {
		return sum, err
	}
	sum[0].Known, sum[1].Known = true, true
	for _, tid := range p.tasks {
		oneErr := p.parseStatus(t.taskPath(pid, tid))
		switch {
		case oneErr != nil && isGone(oneErr):
			continue
		case oneErr != nil && source.ReasonOf(oneErr) != source.Malformed:
			return [2]procfs.Number{}, oneErr
		case oneErr != nil:
			err = p.keep(fileTask, oneErr)
		}
		for i, n := range [...]procfs.Number{p.status.VoluntarySwitches, p.status.NonvoluntarySwitches} {
			sum[i] = procfs.Number{N: sum[i].N + n.N, Known: sum[i].Known && n.Known}
		}
	}
	return sum, err
}

// switchHistory makes monotonic counters of the sums over the existing threads, which fall when a thread ends.
type switchHistory struct{ last, total [2]uint64 }

// add returns the counters after the sums of another scrape.
func (h *switchHistory) add(sum [2]procfs.Number) (total [2]snapshot.Quantity) {
	for i, now := range sum {
		if !now.Known {
			continue
		}
		if now.N > h.last[i] {
			h.total[i] += now.N - h.last[i]
		}
		h.last[i], total[i] = now.N, snapshot.Known(h.total[i])
	}
	return total
}

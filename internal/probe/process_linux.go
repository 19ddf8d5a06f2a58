// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// processSource reads what is asked for of each process that is asked for. Whether it is comes before any costly read.
type processSource struct {
	factReader
	statm  procfs.PIDStatm
	io     procfs.PIDIO
	status procfs.PIDStatus
	tasks  []uint32
	// sizesOfFD says that the size of PID/fd is the number of descriptors, as it is since Linux 6.2.
	sizesOfFD bool
	// ioAside reads io where the kernel lets the reader wait with a process that executes; nil where it does not.
	ioAside  *asideReader
	troubles [numProcessFiles]error // What went wrong in this pass with one process at least.
	// malformed are those of troubles that parsers have reported.
	malformed [numProcessFiles]scan.LineError
}

// processFile is a file of a process, or another thing that is read of it.
type processFile uint8

const (
	fileStatm processFile = iota
	fileIO
	fileStatus
	fileTask
	fileFD
	fileExe
	fileCmdline
	fileCgroup
	fileOwner
	numProcessFiles
)

var processFileNames = [numProcessFiles]string{
	fileStatm: "proc/[pid]/statm", fileIO: "proc/[pid]/io", fileStatus: "proc/[pid]/status", fileTask: "proc/[pid]/task",
	fileFD: "proc/[pid]/fd", fileExe: "proc/[pid]/exe", fileCmdline: "proc/[pid]/cmdline", fileCgroup: "proc/[pid]/cgroup",
	fileOwner: "proc/[pid]",
}

func newProcessSource(n *native) *processSource {
	p := &processSource{factReader: newFactReader(n)}
	// The kernel is that of the host below any root.
	var own unix.Stat_t
	p.sizesOfFD = unix.Stat("/proc/self/fd", &own) == nil && own.Size > 0
	var name unix.Utsname
	if unix.Uname(&name) == nil && ioMayWait(unix.ByteSliceToString(name.Release[:])) {
		p.ioAside = newAsideReader(n.options.Root, "/io", n.options.callTimeout(), maxIOText)
	}
	return p
}

// maxIOText bounds what is read of io: seven lines with numbers of 64 bits.
const maxIOText = 512

// ioMayWait reports whether the kernel with this release, before 5.7, holds the lock that io needs as long as a process
// executes.
func ioMayWait(release string) bool {
	var major, minor int
	n, _ := fmt.Sscanf(release, "%d.%d", &major, &minor)
	return n == 2 && (major < 5 || major == 5 && minor < 7)
}

func (p *processSource) close() {
	p.factReader.close()
	if p.ioAside != nil {
		p.ioAside.close()
	}
}

func (p *processSource) read(sc *scrape) (filled bool) {
	if !p.processes.walk(sc) {
		return false
	}
	p.troubles = [numProcessFiles]error{}
	list := &sc.snapshot.ProcessList
	list.Hidden = p.processes.hidden
	p.fillHost(sc, list)
	if len(p.processes.living) > 0 {
		p.users.refresh(sc)
	}
	for _, one := range p.processes.living {
		p.readProcess(sc, list, one)
	}
	for file, err := range p.troubles {
		if err != nil {
			sc.fault(processFileNames[file], err)
		}
	}
	p.sweep(sc.tick)
	return true
}

// fillHost fills what the processes share.
func (p *processSource) fillHost(sc *scrape, list *snapshot.ProcessList) {
	if p.options.Want.ProcessUtilization {
		if stat := p.stat.readLines(sc); stat != nil && len(stat.CPU) > 0 {
			list.CPUs = snapshot.Known(uint64(len(stat.CPU)))
		}
	}
	if p.options.Want.ProcessMemoryShare {
		if meminfo := p.meminfo.readLines(sc); meminfo != nil {
			list.Memory = bytesOf(meminfo.MemTotal)
		}
		if !list.Memory.Known {
			p.meminfo.read(sc) // To report why.
		}
	}
}

func (p *processSource) readProcess(sc *scrape, list *snapshot.ProcessList, one *process) {
	start := startOf(sc.snapshot, one.stat.StartTime.N)
	if !one.stat.StartTime.Known {
		start = 0
	}
	if start != 0 && p.options.ProcessDelay > 0 && sc.snapshot.Time-start < int64(p.options.ProcessDelay) {
		return
	}
	if !p.isAsked(sc, one) {
		return
	}
	if len(list.List) < cap(list.List) {
		list.List = list.List[:len(list.List)+1]
	} else {
		list.List = append(list.List, snapshot.Process{})
	}
	s, stat, facts := &list.List[len(list.List)-1], &one.stat, &one.facts
	*s = snapshot.Process{
		PID: one.pid, ParentPID: snapshot.Quantity(stat.PPID), Start: start,
		Name: facts.name, Path: facts.path, Command: facts.command, CommandLine: facts.commandLine, Cgroup: facts.cgroup,
		Threads: snapshot.Quantity(stat.NumThreads),
	}
	if facts.hasOwner {
		s.Owner = p.users.name(facts.owner)
	}
	s.Counters[snapshot.ProcessUserTime] = ticksOf(stat.UTime)
	s.Counters[snapshot.ProcessSystemTime] = ticksOf(stat.STime)
	s.Counters[snapshot.ProcessWaitTime] = ticksOf(stat.BlkIODelayTicks)
	s.Counters[snapshot.ProcessMajorFaults] = snapshot.Quantity(stat.MajFlt)
	s.Counters[snapshot.ProcessMinorFaults] = snapshot.Quantity(stat.MinFlt)

	want, hidden := &p.options.Want, facts.hidden
	if want.ProcessTop {
		s.Status, s.StatusKnown = statusOf(stat.State), stat.State != 0
	}
	if want.ProcessMemory {
		hidden = p.trouble(fileStatm, p.readMemory(one, s)) || hidden
	}
	if want.ProcessIO {
		hidden = p.trouble(fileIO, p.readIO(one, s)) || hidden
	}
	if want.ProcessSwitches || want.ProcessSignals {
		hidden = p.trouble(fileStatus, p.readStatus(one, s)) || hidden
	}
	if want.ProcessFileDescriptors {
		hidden = p.trouble(fileFD, p.readFileDescriptors(one, s)) || hidden
	}
	for i, err := range facts.errs {
		p.trouble(factFiles[i], err)
	}
	if hidden {
		list.Hidden++
	}
}

// trouble notes what went wrong with one process, and reports whether that is because we may not look.
func (p *processSource) trouble(file processFile, err error) (hidden bool) {
	if err == nil || isGone(err) {
		return false
	}
	p.troubles[file] = p.keep(file, err)
	return errors.Is(err, fs.ErrPermission)
}

// keep is err, or a copy of what a parser says that will be used again.
func (p *processSource) keep(file processFile, err error) error {
	bad, ok := err.(*scan.LineError) //nolint:errorlint // It is never wrapped.
	if !ok {
		return err
	}
	p.malformed[file] = *bad
	return &p.malformed[file]
}

// startOf is when a process started that did so this many ticks after boot, 0 if the boot time is unknown.
func startOf(s *snapshot.Snapshot, ticks uint64) int64 {
	if s.BootTime == 0 {
		return 0
	}
	return min(s.BootTime+int64(ticks*nanosecondsPerTick), s.Time)
}

// readMemory leaves statm alone where there is no memory: threads of the kernel, and processes that have ended.
func (p *processSource) readMemory(one *process, s *snapshot.Process) error {
	t := p.processes
	if one.stat.VSize.Known && one.stat.VSize.N == 0 {
		s.Resident, s.Virtual = snapshot.Known(0), snapshot.Known(0)
		return nil
	}
	text, err := t.dir.ReadKept(t.path(one.pid, "/statm"), &one.statmFile, t.text)
	if err == nil {
		t.text = text[:0]
		err = p.statm.Parse(text)
	}
	if !isComplete(err) {
		return err
	}
	page := uint64(os.Getpagesize())
	s.Resident, s.Virtual = times(p.statm.Resident, page), times(p.statm.Size, page)
	return err
}

// readIO does not ask again and again for what it was refused: to a collector without privileges that are the files of
// nearly all processes, and a refusal costs most of what a reading does.
func (p *processSource) readIO(one *process, s *snapshot.Process) error {
	if one.facts.ioRefused != nil {
		return one.facts.ioRefused
	}
	text, err := p.ioText(one)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			one.facts.ioRefused = err
		}
		return err
	}
	err = p.io.Parse(text)
	s.Counters[snapshot.ProcessReadBytes] = snapshot.Quantity(p.io.RChar)
	s.Counters[snapshot.ProcessWrittenBytes] = snapshot.Quantity(p.io.WChar)
	s.Counters[snapshot.ProcessReads] = snapshot.Quantity(p.io.SyscR)
	s.Counters[snapshot.ProcessWrites] = snapshot.Quantity(p.io.SyscW)
	return err
}

// ioText is valid until the next reading. No state tells who waits for a program: with FUSE it is S, as that of everybody else
// is, and it may be another a moment later.
func (p *processSource) ioText(one *process) ([]byte, error) {
	if p.ioAside != nil {
		return p.ioAside.read(one.pid)
	}
	t := p.processes
	text, err := t.dir.ReadKept(t.path(one.pid, "/io"), &one.ioFile, t.text)
	if err == nil {
		t.text = text[:0]
	}
	return text, err
}

// readFileDescriptors counts the open descriptors. Their number needs no privilege, to list them does.
func (p *processSource) readFileDescriptors(one *process, s *snapshot.Process) error {
	t := p.processes
	name := t.path(one.pid, "/fd")
	if p.sizesOfFD && t.dir.OnProc() {
		fd, err := t.dir.Attributes(name)
		if err == nil {
			s.FileDescriptors = snapshot.Known(fd.Size)
		}
		return err
	}
	var err error
	if p.tasks, err = t.dir.NumbersAt(name, p.tasks[:0]); err == nil {
		s.FileDescriptors = snapshot.Known(uint64(len(p.tasks)))
	}
	return err
}

// readStatus reads the signals that wait, and the context switches: the file has those of one thread.
func (p *processSource) readStatus(one *process, s *snapshot.Process) error {
	err := p.parseStatus(p.processes.path(one.pid, "/status"))
	if err != nil && reasonOf(err) != Malformed {
		return err
	}
	err = p.keep(fileStatus, err)
	s.SignalsPending = snapshot.Quantity(p.status.PendingSignals)
	if !p.options.Want.ProcessSwitches {
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

func (p *processSource) parseStatus(name []byte) error {
	t := p.processes
	text, err := t.dir.ReadFile(name, t.text)
	if err != nil {
		return err
	}
	t.text = text[:0]
	return p.status.Parse(text)
}

// sumThreads adds up the switches of all threads. A sum of which one part is unknown is unknown.
func (p *processSource) sumThreads(pid uint32) (sum [2]procfs.Number, err error) {
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
		case oneErr != nil && reasonOf(oneErr) != Malformed:
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

// switchHistory makes a counter that never falls of the sum over the threads there are, which falls when one ends.
type switchHistory struct{ last, total [2]uint64 }

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

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// processTable is one pass over /proc, which the domains processes and process share: the stat file of every process.
type processTable struct {
	dir     *pseudofs.Dir
	numbers []uint32
	known   seen[uint32, *process]
	unused  []*process // Those of processes that have ended, to be used again.
	living  []*process // What the last pass has found, in the kernel's order.

	tick     uint64
	err      error          // What is wrong with the list.
	hidden   uint64         // Processes whose stat we may not read.
	statErr  error          // Why, or what else went wrong with one.
	bad      scan.LineError // Those whose stat is malformed, and what else of one cannot be right.
	stat     procfs.PIDStat
	text     []byte
	pathName []byte
}

// process is what is remembered of one process from pass to pass.
type process struct {
	pid   uint32
	stat  procfs.PIDStat // Of the last pass.
	comm  []byte         // What stat.Comm points to.
	alive bool           // Its stat was read.
	// changed says that it is a new one, or that it may have executed another program.
	changed bool

	statFile, statmFile, ioFile pseudofs.KeptFile

	facts    processFacts
	switches switchHistory
}

// maxKeptFiles is how many files of processes stay open: a read costs half of what opening and reading does, and each
// open file more than 4 KiB of kernel memory.
const maxKeptFiles = 1024

func newProcessTable(n *native) *processTable {
	return &processTable{dir: n.fs.Dir("proc", maxKeptFiles)}
}

// walk makes the pass of the snapshot that sc fills, once, and reports to each domain what is wrong. It returns whether
// there is a list.
func (t *processTable) walk(sc *scrape) bool {
	if t.tick != sc.tick {
		t.pass()
		t.tick = sc.tick // At the end: each domain that needs the pass meets a panic in it.
	}
	if t.err != nil {
		sc.fault(t.dir.Name(), t.err)
		return false
	}
	if t.statErr != nil {
		sc.fault("proc/[pid]/stat", t.statErr)
	} else if err := t.bad.Err(); err != nil && (!isComplete(err) || sc.domain != snapshot.DomainProcesses) { // That only counts them.
		sc.fault("proc/[pid]/stat", err)
	}
	return true
}

func (t *processTable) pass() {
	t.living, t.hidden, t.statErr, t.bad = t.living[:0], 0, nil, scan.LineError{}
	if t.numbers, t.err = t.dir.Numbers(t.numbers[:0]); t.err != nil {
		return
	}
	if !t.dir.OnProc() {
		slices.Sort(t.numbers) // As the kernel does.
	}
	t.known.begin()
	for _, pid := range t.numbers {
		slot, isNew := t.known.at(pid)
		if isNew {
			*slot = t.newProcess(pid)
		}
		if p := *slot; t.look(p) {
			t.living = append(t.living, p)
		}
	}
	t.known.end(t.forget)
}

func (t *processTable) newProcess(pid uint32) *process {
	last := len(t.unused) - 1
	if last < 0 {
		return &process{pid: pid}
	}
	p := t.unused[last]
	t.unused = t.unused[:last]
	p.pid = pid
	return p
}

// maxUnused bounds how many records are kept for processes to come.
const maxUnused = 1024

func (t *processTable) forget(slot **process) {
	t.drop(*slot)
	if len(t.unused) < maxUnused {
		t.unused = append(t.unused, *slot)
	}
}

// drop forgets all of a process but its number, which another may have now.
func (t *processTable) drop(p *process) {
	t.dir.CloseKept(&p.statFile)
	t.dir.CloseKept(&p.statmFile)
	t.dir.CloseKept(&p.ioFile)
	*p = process{pid: p.pid, comm: p.comm[:0]}
}

// look reads the stat file of p and reports whether there is such a process that we may see.
func (t *processTable) look(p *process) bool {
	err := t.readStat(p)
	if err != nil && p.alive {
		t.drop(p)
		err = t.readStat(p) // Another may have its number.
	}
	switch {
	case err == nil:
		return true
	case isGone(err):
		return false
	case errors.Is(err, fs.ErrPermission):
		t.hidden++
		t.statErr = err
	case reasonOf(err) == Malformed:
		t.bad.Add(1)
	default:
		t.statErr = err
	}
	return false
}

func (t *processTable) readStat(p *process) error {
	text, err := t.dir.ReadKept(t.path(p.pid, "/stat"), &p.statFile, t.text)
	if err != nil {
		return err
	}
	t.text = text[:0]
	if err = t.stat.Parse(text); !isComplete(err) {
		return err
	}
	now := &t.stat
	if bad, ok := err.(*scan.LineError); ok { //nolint:errorlint // It is never wrapped.
		t.bad.AddFieldsOf(bad)
	}
	if !now.StartTime.Known && p.alive {
		now.StartTime = p.stat.StartTime // Nothing says that it is another.
	}
	if p.alive && now.StartTime != p.stat.StartTime {
		t.drop(p)
	}
	p.changed = !p.alive || !bytes.Equal(p.comm, now.Comm) || now.StartStack != 0 && now.StartStack != p.stat.StartStack
	p.comm = append(p.comm[:0], now.Comm...)
	p.stat, p.alive = *now, true
	p.stat.Comm = p.comm
	return nil
}

// path is the name of a file of a process, valid until the next call.
func (t *processTable) path(pid uint32, file string) []byte {
	t.pathName = append(strconv.AppendUint(t.pathName[:0], uint64(pid), 10), file...)
	return t.pathName
}

// taskPath is the name of the status file of a thread, valid until the next call.
func (t *processTable) taskPath(pid, tid uint32) []byte {
	t.pathName = append(strconv.AppendUint(t.path(pid, "/task/"), uint64(tid), 10), "/status"...)
	return t.pathName
}

// isGone says that the process has ended in between, which is normal.
func isGone(err error) bool { return errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOENT) }

func (t *processTable) close() {
	t.known.begin()
	t.known.end(t.forget)
	t.dir.Close()
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/genmap"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Table reads the stat file of every process, in one scan of /proc per scrape that the domains processes and process share. Up to
// maxKeptFiles files stay open from scrape to scrape.
type Table struct {
	dir     *pseudofs.Dir
	numbers []uint32
	known   genmap.Map[uint32, *process]
	unused  []*process // Records of processes that have ended, for reuse.
	living  []*process // The processes of the last scan, in the kernel's order.

	tick     uint64
	err      error          // Of listing /proc.
	hidden   uint64         // Processes whose stat the collector lacks the privileges to read.
	statErr  error          // The last error of a stat file that is not about its contents.
	bad      scan.LineError // Counts the stat files that are malformed.
	stat     procfs.PIDStat
	text     []byte
	pathName []byte
}

// process is the state of one process that is kept from scan to scan.
type process struct {
	pid   uint32
	stat  procfs.PIDStat // Of the last scan.
	comm  []byte         // The memory of stat.Comm.
	alive bool           // stat was read at least once.
	// start is Process.Start, which stays once it was known: the clock may be set.
	start int64
	// changed says that the process is new or may have executed another program since the previous scan.
	changed bool

	statFile, statmFile, ioFile pseudofs.KeptFile

	identity identity
	switches switchHistory
}

// maxKeptFiles bounds the files of processes that stay open. Reading an open file costs half as much as opening and reading it;
// each open file pins more than 4 KiB of kernel memory.
const maxKeptFiles = 1024

// NewTable returns the table of the processes below the root of h, which closes it. Nothing is opened before the first scan.
func NewTable(h *source.Host) *Table {
	t := &Table{dir: h.FS.Dir("proc", maxKeptFiles)}
	h.OnClose(t.close)
	return t
}

// walk scans /proc once for the snapshot that sc fills, and reports the faults of the scan to each domain that calls it. It
// returns false if /proc could not be listed.
func (t *Table) walk(sc *source.Scrape) bool {
	if t.tick != sc.Tick {
		t.pass()
		t.tick = sc.Tick // At the end: a panic during the scan is reported in each domain that needs it.
	}
	if t.err != nil {
		sc.Fault(t.dir.Name(), t.err)
		return false
	}
	if t.statErr != nil {
		sc.ProcessFault("proc/[pid]/stat", t.statErr)
	} else if err := t.bad.Err(); err != nil && (!source.IsComplete(err) || sc.Domain() != snapshot.DomainProcesses) { // That only counts them.
		sc.ProcessFault("proc/[pid]/stat", err)
	}
	return true
}

// pass makes one scan of /proc.
func (t *Table) pass() {
	t.living, t.hidden, t.statErr, t.bad = t.living[:0], 0, nil, scan.LineError{}
	if t.numbers, t.err = t.dir.Numbers(t.numbers[:0]); t.err != nil {
		return
	}
	if !t.dir.OnProc() {
		slices.Sort(t.numbers) // In the order of the kernel.
	}
	t.known.Begin()
	for _, pid := range t.numbers {
		slot, isNew := t.known.Get(pid)
		if isNew {
			*slot = t.newProcess(pid)
		}
		if p := *slot; t.scan(p) {
			t.living = append(t.living, p)
		}
	}
	t.known.End(t.forget)
}

// newProcess returns an empty record.
func (t *Table) newProcess(pid uint32) *process {
	last := len(t.unused) - 1
	if last < 0 {
		return &process{pid: pid}
	}
	p := t.unused[last]
	t.unused = t.unused[:last]
	p.pid = pid
	return p
}

// maxUnused bounds the records that are kept for reuse.
const maxUnused = 1024

// forget closes the files of a process that has ended, and keeps its record for reuse.
func (t *Table) forget(slot **process) {
	t.drop(*slot)
	if len(t.unused) < maxUnused {
		t.unused = append(t.unused, *slot)
	}
}

// drop clears the record of a process except its PID, which another process may have now.
func (t *Table) drop(p *process) {
	t.dir.CloseKept(&p.statFile)
	t.dir.CloseKept(&p.statmFile)
	t.dir.CloseKept(&p.ioFile)
	*p = process{pid: p.pid, comm: p.comm[:0]}
}

// scan reads the stat file of p and reports whether the process exists and is readable.
func (t *Table) scan(p *process) bool {
	err := t.readStat(p)
	if err != nil && p.alive {
		t.drop(p)
		err = t.readStat(p) // Another process may have its PID.
	}
	switch {
	case err == nil:
		return true
	case isGone(err):
		return false
	case errors.Is(err, fs.ErrPermission):
		t.hidden++
		t.statErr = err
	case source.ReasonOf(err) == source.Malformed:
		t.bad.Add(1)
	default:
		t.statErr = err
	}
	return false
}

// readStat reads the stat file of p. A different start time is that of another process with the same PID.
func (t *Table) readStat(p *process) error {
	text, err := t.dir.ReadKept(t.path(p.pid, "/stat"), &p.statFile, t.text)
	if err != nil {
		return err
	}
	t.text = text[:0]
	if err = t.stat.Parse(text); !source.IsComplete(err) {
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

// path returns the name of a file of a process below /proc, valid until the next call.
func (t *Table) path(pid uint32, file string) []byte {
	t.pathName = append(strconv.AppendUint(t.pathName[:0], uint64(pid), 10), file...)
	return t.pathName
}

// taskPath returns the name of the status file of a thread below /proc, valid until the next call.
func (t *Table) taskPath(pid, tid uint32) []byte {
	t.pathName = append(strconv.AppendUint(t.path(pid, "/task/"), uint64(tid), 10), "/status"...)
	return t.pathName
}

// isGone reports whether an error says that the process has ended during the scrape, which is no fault.
func isGone(err error) bool { return errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOENT) }

// close closes every kept file, then /proc.
func (t *Table) close() {
	t.known.Begin()
	t.known.End(t.forget)
	t.dir.Close()
}

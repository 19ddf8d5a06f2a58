// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"bytes"
	"errors"
	"io/fs"
	"strconv"
	"time"

	"github.com/superviz-io/hostprobe/internal/genmap"
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/scan"
)

// fdOwners resolves the inode of a socket to a process that has it open. The only source are the links in /proc/PID/fd: all
// processes are scanned once, and again only for inodes that appeared since. Of the processes that share a socket, the owner
// is one that the scan found first.
type fdOwners struct {
	proc      *pseudofs.Dir
	maxLength int           // Of a name, in bytes.
	budget    time.Duration // The longest part of a scan in one scrape; the next scrape resumes it.
	inodes    genmap.Map[uint32, inodeOwner]
	processes map[uint32]*fdOwner // Owners of sockets, by PID.
	unknown   int                 // Sockets of this scrape that a scan has to find.
	scan      fdScan
	hidden    error // Why the last complete scan lacks some processes.

	path, text []byte
	stat       procfs.PIDStat
}

// inodeOwner is the owner of one socket.
type inodeOwner struct {
	owner *fdOwner // nil if it is unknown.
	// since is the number of scans that had started when the inode appeared.
	since uint64
	// missing says that a scan that started later has not found it.
	missing bool
}

// fdOwner is a process that owns sockets, identified by its PID and start time.
type fdOwner struct {
	pid     uint32
	start   uint64 // In ticks since boot.
	comm    []byte // When name was read: execve(2) changes it.
	name    string // File name of the executable, or comm if the link /proc/PID/exe cannot be read.
	file    pseudofs.KeptFile
	used    bool // In this scrape.
	evicted bool // Exited, or it owns no socket anymore.
}

// fdScan is a scan of /proc/PID/fd of all processes, of which each scrape does a part.
type fdScan struct {
	number uint64 // Scans that have started.
	pids   []uint32
	next   int
	fds    []uint32
	hidden error
}

const (
	// scanBudget bounds the part of a scan in one scrape.
	scanBudget = 100 * time.Millisecond
	// keptStats is how many stat files of owners stay open.
	keptStats = 256
)

func newFDOwners(h *source.Host) *fdOwners {
	return &fdOwners{
		proc: h.FS.Dir("proc", keptStats), maxLength: h.MaxLength, budget: scanBudget, processes: map[uint32]*fdOwner{},
		path: make([]byte, 0, 64), text: make([]byte, 0, 4096),
	}
}

func (f *fdOwners) close() {
	for _, p := range f.processes {
		f.proc.CloseKept(&p.file)
	}
	f.proc.Close()
}

// begin starts a scrape: it evicts processes that have exited, and those that own no socket anymore.
func (f *fdOwners) begin() {
	f.inodes.Begin()
	f.unknown = 0
	for pid, p := range f.processes {
		p.evicted = !p.used || !f.refresh(p)
		p.used = false
		if p.evicted {
			f.proc.CloseKept(&p.file)
			delete(f.processes, pid)
		}
	}
}

// want makes the next resolve find the owner of a socket. It returns the index for ownerAt, valid until end.
func (f *fdOwners) want(inode uint32) (index int32) {
	index, isNew := f.inodes.Slot(inode)
	socket := f.inodes.At(index)
	if isNew {
		socket.since = f.scan.number
	}
	switch p := socket.owner; {
	case p != nil && !p.evicted:
		p.used = true
	case p != nil: // Another process may have it open too.
		*socket = inodeOwner{since: f.scan.number}
		f.unknown++
	case !socket.missing:
		f.unknown++
	}
	return index
}

// ownerAt returns the owner of a socket by what want has returned for it in this scrape, nil if it is unknown.
func (f *fdOwners) ownerAt(index int32) *fdOwner { return f.inodes.At(index).owner }

// ownerOf returns the owner of a socket that was wanted in this scrape, nil if it is unknown.
func (f *fdOwners) ownerOf(inode uint32) *fdOwner {
	if socket := f.inodes.Find(inode); socket != nil {
		return socket.owner
	}
	return nil
}

// end ends a scrape: inodes that it did not want are evicted.
func (f *fdOwners) end() { f.inodes.End(nil) }

// resolve resumes the scan, or starts one, if the owner of a wanted socket is unknown. The error says why the last complete
// scan lacks some processes, and persists until another one is complete; or that /proc cannot be listed.
func (f *fdOwners) resolve() error {
	if f.unknown == 0 {
		return f.hidden
	}
	s := &f.scan
	if s.next == len(s.pids) {
		var err error
		if s.pids, err = f.proc.Numbers(s.pids[:0]); err != nil {
			s.pids = s.pids[:0]
			return err
		}
		s.number++
		s.next, s.hidden = 0, nil
	}
	for began := time.Now(); s.next < len(s.pids); {
		f.search(s.pids[s.next])
		s.next++
		if f.unknown == 0 || time.Since(began) > f.budget {
			return f.hidden
		}
	}
	f.hidden = s.hidden
	if cap(s.fds) > genmap.ShrinkThreshold { // One process had very many open files.
		s.fds = nil
	}
	for _, socket := range f.inodes.All() {
		if socket.owner == nil && socket.since < s.number {
			socket.missing = true
		}
	}
	return f.hidden
}

var socketLink = []byte("socket:[")

// search searches the open files of a process for sockets whose owner is unknown.
func (f *fdOwners) search(pid uint32) {
	s := &f.scan
	var err error
	if s.fds, err = f.proc.NumbersAt(f.pathOf(pid, "/fd"), s.fds[:0]); err != nil {
		if errors.Is(err, fs.ErrPermission) {
			s.hidden = err
		}
		return
	}
	for _, fd := range s.fds {
		target, err := f.proc.ReadLink(strconv.AppendUint(f.pathOf(pid, "/fd/"), uint64(fd), 10), f.text)
		if err != nil {
			continue
		}
		number, isSocket := bytes.CutPrefix(target, socketLink)
		if !isSocket {
			continue
		}
		inode, ok := scan.Uint(bytes.TrimSuffix(number, []byte{']'}))
		if !ok {
			continue
		}
		socket := f.inodes.Find(uint32(inode))
		if socket == nil || socket.owner != nil {
			continue
		}
		if socket.owner = f.process(pid); socket.owner == nil {
			return
		}
		f.unknown--
	}
}

// process returns the process with a PID, which it starts to track if it is new; nil if that has exited.
func (f *fdOwners) process(pid uint32) *fdOwner {
	p := f.processes[pid]
	if p == nil {
		p = &fdOwner{pid: pid}
		if !f.refresh(p) {
			f.proc.CloseKept(&p.file)
			return nil
		}
		f.processes[pid] = p
	}
	p.used = true
	return p
}

// refresh reads the identity of a process. It returns false if the process has exited, or if its PID was reused.
func (f *fdOwners) refresh(p *fdOwner) bool {
	text, err := f.proc.ReadKept(f.pathOf(p.pid, "/stat"), &p.file, f.text)
	if err != nil || !source.IsComplete(f.stat.Parse(text)) {
		return false
	}
	isNew := p.comm == nil
	if !isNew && p.start != f.stat.StartTime.N {
		return false
	}
	if isNew || !bytes.Equal(p.comm, f.stat.Comm) {
		p.start, p.comm = f.stat.StartTime.N, append(p.comm[:0], f.stat.Comm...)
		p.name = f.nameOf(p.pid, p.comm)
	}
	return true
}

// deleted is what the kernel appends to the path of an executable that was unlinked.
var deleted = []byte(" (deleted)")

// nameOf returns process.executable.name of the semantic conventions: the last element of the target of /proc/PID/exe.
func (f *fdOwners) nameOf(pid uint32, comm []byte) string {
	target, err := f.proc.ReadLink(f.pathOf(pid, "/exe"), f.text)
	if err != nil || len(target) == 0 {
		return intern.Text(comm, f.maxLength)
	}
	target = bytes.TrimSuffix(target, deleted)
	return intern.Text(target[bytes.LastIndexByte(target, '/')+1:], f.maxLength)
}

// pathOf returns the path of a file of a process below /proc, valid until the next call.
func (f *fdOwners) pathOf(pid uint32, file string) []byte {
	f.path = append(strconv.AppendUint(f.path[:0], uint64(pid), 10), file...)
	return f.path
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"errors"
	"io/fs"
	"strconv"
	"time"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/scan"
)

// socketHolders knows which process holds a socket. The kernel tells it in one way only, by the links in /proc/PID/fd: all
// processes are walked once, and again only for sockets that were not there before. Of the processes that hold a socket
// together it is one of those that were there first.
type socketHolders struct {
	proc      *pseudofs.Dir
	maxLength int           // Of a name, in bytes.
	budget    time.Duration // What a scrape may spend on a walk; the next one goes on with it.
	inodes    seen[uint32, heldInode]
	processes map[uint32]*holder // Those that hold sockets, by number.
	asked     int                // Sockets whose holder is to be looked for.
	walk      holderWalk
	hidden    error // What has kept the last walk from seeing everybody.

	path, text []byte
	stat       procfs.PIDStat
}

// heldInode is the inode of a socket.
type heldInode struct {
	holder *holder // nil while nobody is known.
	// since is how many walks had begun when the socket was met.
	since uint64
	// nobody says that a walk that began later has not found it.
	nobody bool
}

// holder is a process, as long as its number and its start say that it is the same.
type holder struct {
	pid   uint32
	start uint64 // In ticks since boot.
	comm  []byte // With which name was read: another program brings another.
	name  string // File name of the program, or the process's own name where that may not be read.
	file  pseudofs.KeptFile
	used  bool // In this scrape.
	gone  bool
}

// holderWalk is a walk over all processes, of which each scrape does a part.
type holderWalk struct {
	number uint64 // How many have begun.
	pids   []uint32
	next   int
	fds    []uint32
	hidden error
}

const (
	// holderBudget bounds what a walk takes of one scrape.
	holderBudget = 100 * time.Millisecond
	// keptStats is how many stat files of processes that hold sockets stay open.
	keptStats = 256
)

func newSocketHolders(n *native) *socketHolders {
	return &socketHolders{
		proc: n.fs.Dir("proc", keptStats), maxLength: n.options.maxLength(), budget: holderBudget, processes: map[uint32]*holder{},
		path: make([]byte, 0, 64), text: make([]byte, 0, 4096),
	}
}

func (h *socketHolders) close() {
	for _, p := range h.processes {
		h.proc.CloseKept(&p.file)
	}
	h.proc.Close()
}

// begin starts a scrape: it lets go of the processes that have ended, and of those that hold nothing any more.
func (h *socketHolders) begin() {
	h.inodes.begin()
	h.asked = 0
	for pid, p := range h.processes {
		p.gone = !p.used || !h.refresh(p)
		p.used = false
		if p.gone {
			h.proc.CloseKept(&p.file)
			delete(h.processes, pid)
		}
	}
}

// ask says that the holder of a socket will be wanted after the next find. It returns where in inodes it will be, until
// the end of the scrape.
func (h *socketHolders) ask(inode uint32) (at int32) {
	at, isNew := h.inodes.place(inode)
	held := &h.inodes.items[at].value
	if isNew {
		held.since = h.walk.number
	}
	switch p := held.holder; {
	case p != nil && !p.gone:
		p.used = true
	case p != nil: // Another may have it too.
		*held = heldInode{since: h.walk.number}
		h.asked++
	case !held.nobody:
		h.asked++
	}
	return at
}

// of returns who holds a socket that was asked for in this scrape, nil where nobody is known to.
func (h *socketHolders) of(inode uint32) *holder {
	if held := h.inodes.find(inode); held != nil {
		return held.holder
	}
	return nil
}

// end ends a scrape.
func (h *socketHolders) end() { h.inodes.end(nil) }

// find goes on with the walk, or begins one, if somebody was asked for who is not known. It returns what keeps it from
// seeing all processes: a state, until another walk has ended otherwise.
func (h *socketHolders) find() error {
	if h.asked == 0 {
		return h.hidden
	}
	w := &h.walk
	if w.next == len(w.pids) {
		var err error
		if w.pids, err = h.proc.Numbers(w.pids[:0]); err != nil {
			w.pids = w.pids[:0]
			return err
		}
		w.number++
		w.next, w.hidden = 0, nil
	}
	for began := time.Now(); w.next < len(w.pids); {
		h.search(w.pids[w.next])
		w.next++
		if h.asked == 0 || time.Since(began) > h.budget {
			return h.hidden
		}
	}
	h.hidden = w.hidden
	if cap(w.fds) > roomy { // One process had very many.
		w.fds = nil
	}
	for i := range h.inodes.items {
		if held := &h.inodes.items[i].value; held.holder == nil && held.since < w.number {
			held.nobody = true
		}
	}
	return h.hidden
}

var socketLink = []byte("socket:[")

// search looks for the sockets asked for among the descriptors of a process.
func (h *socketHolders) search(pid uint32) {
	w := &h.walk
	var err error
	if w.fds, err = h.proc.NumbersAt(h.pathOf(pid, "/fd"), w.fds[:0]); err != nil {
		if errors.Is(err, fs.ErrPermission) {
			w.hidden = err
		}
		return
	}
	for _, fd := range w.fds {
		target, err := h.proc.ReadLink(strconv.AppendUint(h.pathOf(pid, "/fd/"), uint64(fd), 10), h.text)
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
		held := h.inodes.find(uint32(inode))
		if held == nil || held.holder != nil {
			continue
		}
		if held.holder = h.holder(pid); held.holder == nil {
			return
		}
		h.asked--
	}
}

// holder returns the process that is remembered under a number, a new one if there is none, nil if that has ended.
func (h *socketHolders) holder(pid uint32) *holder {
	p := h.processes[pid]
	if p == nil {
		p = &holder{pid: pid}
		if !h.refresh(p) {
			h.proc.CloseKept(&p.file)
			return nil
		}
		h.processes[pid] = p
	}
	p.used = true
	return p
}

// refresh reads who a process is. It reports false when the process has ended, or when its number is another's by now.
func (h *socketHolders) refresh(p *holder) bool {
	text, err := h.proc.ReadKept(h.pathOf(p.pid, "/stat"), &p.file, h.text)
	if err != nil || !isComplete(h.stat.Parse(text)) {
		return false
	}
	isNew := p.comm == nil
	if !isNew && p.start != h.stat.StartTime.N {
		return false
	}
	if isNew || !bytes.Equal(p.comm, h.stat.Comm) {
		p.start, p.comm = h.stat.StartTime.N, append(p.comm[:0], h.stat.Comm...)
		p.name = h.nameOf(p.pid, p.comm)
	}
	return true
}

// deleted stands behind the path of a program whose file is no more.
var deleted = []byte(" (deleted)")

// nameOf is process.executable.name as the semantic conventions have it: the last part of what /proc/PID/exe links to.
func (h *socketHolders) nameOf(pid uint32, comm []byte) string {
	target, err := h.proc.ReadLink(h.pathOf(pid, "/exe"), h.text)
	if err != nil || len(target) == 0 {
		return intern.Text(comm, h.maxLength)
	}
	target = bytes.TrimSuffix(target, deleted)
	return intern.Text(target[bytes.LastIndexByte(target, '/')+1:], h.maxLength)
}

// pathOf is the path of a file of a process below /proc, valid until the next call.
func (h *socketHolders) pathOf(pid uint32, file string) []byte {
	h.path = append(strconv.AppendUint(h.path[:0], uint64(pid), 10), file...)
	return h.path
}

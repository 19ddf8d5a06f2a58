// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"bytes"
	"errors"
	"hash/maphash"
	"io/fs"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/scan"
)

// processFacts is what is cached of a process: it changes when the process executes another program, and hardly ever
// else.
type identity struct {
	readings uint64
	selected bool

	name, path, command, cgroup string

	commandLine     string
	commandLineHash uint64 // Of the arguments: the text itself may be a secret that is masked in commandLine.
	cgroupHash      uint64

	owner    uint32
	hasOwner bool
	errs     [len(identityFiles)]error // What went wrong at the last reading.
	hidden   bool                      // Because we may not look.

	ioRefused error // That io may not be read, which holds until the next reading.
}

var identityFiles = [...]processFile{fileCmdline, fileExe, fileCgroup, fileOwner}

// factReader reads the facts of processes.
type identityReader struct {
	host      *source.Host
	processes *Table
	options   *Options
	names     *intern.Strings
	arguments *headReader
	users     *users
	seed      maphash.Seed
	target    []byte // Of a link.
	line      []byte // A command line.
}

// maxProcessNames bounds the names, paths and control groups that are kept once for all processes that share them.
const maxProcessNames = 1 << 14

// renewal is every how many passes the facts of a process are read again that seems to be the same: it may have executed
// another program, or have been moved to another control group. It was changed for certain when its name or its stack
// is another.
const refreshEvery = 32

func newIdentityReader(h *source.Host, table *Table, o *Options) identityReader {
	return identityReader{
		host: h, processes: table, options: o,
		names: intern.New(maxProcessNames, h.MaxLength), users: newUsers(h),
		arguments: newHeadReader(h.Calls, "/cmdline", max(4096, h.MaxLength+1)),
		seed:      maphash.MakeSeed(), target: make([]byte, 0, 4096),
	}
}

// isAsked reports whether p is asked for, with its facts up to date if it is.
func (r *identityReader) selects(sc *source.Scrape, p *process) bool {
	facts := &p.identity
	isDue := p.changed || facts.readings == 1 || // A daemon gives up its privileges soon after it has started.
		(sc.Tick+uint64(p.pid))%refreshEvery == 0
	if facts.readings == 0 || isDue && p.stat.State != 'Z' { // What has ended has left no trace of what it was.
		r.refresh(sc, p)
	}
	return facts.selected
}

// sweep forgets the names of what has ended: every process has asked for its own since the sweep before.
func (r *identityReader) sweep(tick uint64) {
	if tick%(2*refreshEvery) == 0 {
		r.names.Sweep()
	}
}

func (r *identityReader) refresh(sc *source.Scrape, p *process) {
	facts, want := &p.identity, &sc.Want.Process
	facts.readings++
	facts.ioRefused = nil
	facts.errs, facts.hidden = [len(identityFiles)]error{}, false
	hasProgram := p.stat.VSize > 0 // Threads of the kernel have none, and what has ended has none any more.
	var arguments []byte
	if hasProgram && (want.Command || len(p.comm) >= cutName) {
		var err error
		arguments, err = r.arguments.read(sc, p.pid)
		facts.noteErr(0, err)
	}
	first, _, _ := bytes.Cut(arguments, []byte{0})
	facts.name = r.names.String(fullName(p.comm, first))
	if facts.selected = r.options.Keep == nil || r.options.Keep(facts.name); !facts.selected {
		facts.errs, facts.hidden = [len(identityFiles)]error{}, false
		return
	}
	facts.command, facts.path = "", ""
	if want.Command {
		r.line = AppendCommandLine(r.line[:0], first, r.options.MaskCommandLines)
		facts.command = r.names.String(r.line)
		r.setCommandLine(facts, arguments)
	}
	if want.Path && hasProgram {
		facts.path = r.readPath(p)
	}
	if want.Cgroup {
		r.setCgroup(p)
	}
	if want.Owner {
		of, err := r.processes.dir.Attributes(r.processes.path(p.pid, ""))
		facts.owner, facts.hasOwner = of.Owner, err == nil
		facts.noteErr(3, err)
	}
}

// trouble notes what went wrong with the fact of this number in factFiles.
func (f *identity) noteErr(fact int, err error) {
	if err != nil && !isGone(err) {
		f.errs[fact] = err
		f.hidden = f.hidden || errors.Is(err, fs.ErrPermission)
	}
}

// cutName is the length from which on the kernel may have cut a name, TASK_COMM_LEN - 1.
const cutName = 15

// completed is the name that the kernel may have cut, as the program's path has it that stands in the first argument.
func fullName(comm, first []byte) []byte {
	base := first[bytes.LastIndexByte(first, '/')+1:]
	if len(comm) >= cutName && bytes.HasPrefix(base, comm) {
		return base
	}
	return comm
}

func (r *identityReader) setCommandLine(facts *identity, arguments []byte) {
	hash := maphash.Bytes(r.seed, arguments)
	if hash == facts.commandLineHash {
		return
	}
	r.line = AppendCommandLine(r.line[:0], arguments, r.options.MaskCommandLines)
	facts.commandLine, facts.commandLineHash = intern.Text(r.line, r.host.MaxLength), hash
	clear(r.line)
}

func (r *identityReader) readPath(p *process) string {
	path, err := r.processes.dir.ReadLink(r.processes.path(p.pid, "/exe"), r.target)
	p.identity.noteErr(1, err)
	if err != nil {
		return ""
	}
	return r.names.String(path)
}

// setCgroup takes the file as it is, but for what no attribute may have: where version 1 is mounted it has several lines.
func (r *identityReader) setCgroup(p *process) {
	t, facts := r.processes, &p.identity
	text, err := t.dir.ReadFile(t.path(p.pid, "/cgroup"), t.text)
	facts.noteErr(2, err)
	if err != nil {
		facts.cgroup = ""
		return
	}
	t.text = text[:0]
	hash := maphash.Bytes(r.seed, text)
	if hash == facts.cgroupHash {
		return
	}
	line, rest := scan.Line(bytes.TrimSuffix(text, []byte{'\n'}))
	facts.cgroup, facts.cgroupHash = r.names.String(line), hash
	for len(rest) > 0 {
		line, rest = scan.Line(rest)
		facts.cgroup += "\n" + r.names.String(line)
	}
}

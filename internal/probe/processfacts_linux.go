// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"errors"
	"hash/maphash"
	"io/fs"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/scan"
)

// processFacts is what is cached of a process: it changes when the process executes another program, and hardly ever
// else.
type processFacts struct {
	readings uint64
	isAsked  bool

	name, path, command, cgroup string

	commandLine     string
	commandLineHash uint64 // Of the arguments: the text itself may be a secret that is masked in commandLine.
	cgroupHash      uint64

	owner    uint32
	hasOwner bool
	errs     [len(factFiles)]error // What went wrong at the last reading.
	hidden   bool                  // Because we may not look.

	ioRefused error // That io may not be read, which holds until the next reading.
}

var factFiles = [...]processFile{fileCmdline, fileExe, fileCgroup, fileOwner}

// factReader reads the facts of processes.
type factReader struct {
	*native
	names     *intern.Strings
	cgroups   *intern.Strings
	arguments *asideReader
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
const renewal = 32

func newFactReader(n *native) factReader {
	return factReader{
		native: n,
		names:  intern.New(maxProcessNames, n.options.maxLength()), users: newUsers(n),
		cgroups:   intern.NewNames(maxProcessNames, n.options.maxLength()),
		arguments: newAsideReader(n.options.Root, "/cmdline", n.options.callTimeout(), max(4096, n.options.maxLength()+1)),
		seed:      maphash.MakeSeed(), target: make([]byte, 0, 4096),
	}
}

// isAsked reports whether p is asked for, with its facts up to date if it is.
func (r *factReader) isAsked(sc *scrape, p *process) bool {
	facts := &p.facts
	isDue := p.changed || facts.readings == 1 || // A daemon gives up its privileges soon after it has started.
		(sc.tick+uint64(p.pid))%renewal == 0
	if facts.readings == 0 || isDue && p.stat.State != 'Z' { // What has ended has left no trace of what it was.
		r.renew(sc, p)
	}
	return facts.isAsked
}

// sweep forgets the names of what has ended: every process has asked for its own since the sweep before.
func (r *factReader) sweep(tick uint64) {
	if tick%(2*renewal) == 0 {
		r.names.Sweep()
		r.cgroups.Sweep()
	}
}

func (r *factReader) renew(sc *scrape, p *process) {
	facts, want := &p.facts, &sc.want.Process
	facts.readings++
	facts.ioRefused = nil
	facts.errs, facts.hidden = [len(factFiles)]error{}, false
	hasProgram := p.stat.VSize > 0 // Threads of the kernel have none, and what has ended has none any more.
	var arguments []byte
	if hasProgram && (want.Command || len(p.comm) >= cutName) {
		var err error
		arguments, err = r.arguments.read(p.pid)
		facts.trouble(0, err)
	}
	first, _, _ := bytes.Cut(arguments, []byte{0})
	facts.name = r.names.String(completed(p.comm, first))
	if facts.isAsked = r.options.ProcessFilter == nil || r.options.ProcessFilter(facts.name); !facts.isAsked {
		facts.errs, facts.hidden = [len(factFiles)]error{}, false
		return
	}
	facts.command, facts.path = "", ""
	if want.Command {
		r.line = appendCommandLine(r.line[:0], first, r.options.MaskCommandLines)
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
		facts.trouble(3, err)
	}
}

// trouble notes what went wrong with the fact of this number in factFiles.
func (f *processFacts) trouble(fact int, err error) {
	if err != nil && !isGone(err) {
		f.errs[fact] = err
		f.hidden = f.hidden || errors.Is(err, fs.ErrPermission)
	}
}

// cutName is the length from which on the kernel may have cut a name, TASK_COMM_LEN - 1.
const cutName = 15

// completed is the name that the kernel may have cut, as the program's path has it that stands in the first argument.
func completed(comm, first []byte) []byte {
	base := first[bytes.LastIndexByte(first, '/')+1:]
	if len(comm) >= cutName && bytes.HasPrefix(base, comm) {
		return base
	}
	return comm
}

func (r *factReader) setCommandLine(facts *processFacts, arguments []byte) {
	hash := maphash.Bytes(r.seed, arguments)
	if hash == facts.commandLineHash {
		return
	}
	r.line = appendCommandLine(r.line[:0], arguments, r.options.MaskCommandLines)
	facts.commandLine, facts.commandLineHash = intern.Text(r.line, r.options.maxLength()), hash
	clear(r.line)
}

func (r *factReader) readPath(p *process) string {
	path, err := r.processes.dir.ReadLink(r.processes.path(p.pid, "/exe"), r.target)
	p.facts.trouble(1, err)
	if err != nil {
		return ""
	}
	return r.names.String(path)
}

// setCgroup takes the file as it is, but for what no attribute may have: where version 1 is mounted it has several lines.
func (r *factReader) setCgroup(p *process) {
	t, facts := r.processes, &p.facts
	text, err := t.dir.ReadFile(t.path(p.pid, "/cgroup"), t.text)
	facts.trouble(2, err)
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
	facts.cgroup, facts.cgroupHash = r.cgroups.String(line), hash
	for len(rest) > 0 {
		line, rest = scan.Line(rest)
		facts.cgroup += "\n" + r.cgroups.String(line)
	}
}

func (r *factReader) close() { r.arguments.close() }

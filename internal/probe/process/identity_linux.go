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

// identity is what is cached of a process. It changes when the process executes another program, and rarely otherwise.
type identity struct {
	readings uint64 // How often it was read, 0 if never.
	selected bool   // The filter keeps it. Of a process that it drops only the name is read.

	name, path, command, cgroup string

	commandLine     string
	commandLineHash uint64 // Of the unmasked arguments, which may hold secrets and are not kept.
	cgroupHash      uint64

	owner    uint32 // Effective user ID.
	hasOwner bool
	errs     [len(identityFiles)]error // Of the last reading, by index in identityFiles.
	hidden   bool                      // One of them is a lack of privileges.

	ioRefused error // EACCES or EPERM of /proc/PID/io, which is not read again before the next reading.
}

// identityFiles are what an identity is read from.
var identityFiles = [...]processFile{fileCmdline, fileExe, fileCgroup, fileOwner}

// identityReader reads and caches the identity of processes, and applies the filter of Options to it.
type identityReader struct {
	host      *source.Host
	processes *Table
	options   *Options
	names     *intern.Strings
	cgroups   *intern.Strings
	arguments *headReader
	users     *users
	seed      maphash.Seed
	target    []byte // Buffer for the target of a link.
	line      []byte // Buffer for a command line.
}

// maxProcessNames bounds the interned names, paths and cgroups, which processes share.
const maxProcessNames = 1 << 14

// refreshEvery is the number of scrapes after which an identity is read again although the process seems unchanged: it may have
// executed another program or have been moved to another cgroup. If its name or the address of its stack differs it has
// executed another program for certain, and its identity is read at once.
const refreshEvery = 32

func newIdentityReader(h *source.Host, table *Table, o *Options) identityReader {
	return identityReader{
		host: h, processes: table, options: o,
		names: intern.New(maxProcessNames, h.MaxLength), users: newUsers(h),
		arguments: newHeadReader(h.Calls, "/cmdline", max(4096, h.MaxLength+1)),
		cgroups:   intern.NewNames(maxProcessNames, h.MaxLength),
		seed:      maphash.MakeSeed(), target: make([]byte, 0, 4096),
	}
}

// selects reports whether the filter keeps p. If it does, the identity of p is up to date.
func (r *identityReader) selects(sc *source.Scrape, p *process) bool {
	id := &p.identity
	isDue := p.changed || id.readings == 1 || // A daemon drops its privileges soon after it starts.
		(sc.Tick+uint64(p.pid))%refreshEvery == 0
	if id.readings == 0 || isDue && p.stat.State != 'Z' { // A zombie has no identity to read any more.
		r.refresh(sc, p)
	}
	return id.selected
}

// sweep evicts the names of processes that have ended: every living process has used its names since the previous sweep.
func (r *identityReader) sweep(tick uint64) {
	if tick%(2*refreshEvery) == 0 {
		r.names.Sweep()
		r.cgroups.Sweep()
	}
}

// refresh reads the identity of p. The name is read first: nothing else is read of a process that the filter drops.
func (r *identityReader) refresh(sc *source.Scrape, p *process) {
	id, want := &p.identity, &sc.Want.Process
	id.readings++
	id.ioRefused = nil
	id.errs, id.hidden = [len(identityFiles)]error{}, false
	hasProgram := p.stat.VSize.N > 0 || !p.stat.VSize.Known // Kernel threads and zombies have no address space.
	var arguments []byte
	if hasProgram && (want.Command || len(p.comm) >= maxComm) {
		var err error
		arguments, err = r.arguments.read(sc, p.pid)
		id.noteErr(0, err)
	}
	first, _, _ := bytes.Cut(arguments, []byte{0})
	id.name = r.names.String(fullName(p.comm, first))
	if id.selected = r.options.Keep == nil || r.options.Keep(id.name); !id.selected {
		id.errs, id.hidden = [len(identityFiles)]error{}, false
		return
	}
	id.command, id.path = "", ""
	if want.Command {
		r.line = AppendCommandLine(r.line[:0], first, r.options.MaskCommandLines)
		id.command = r.names.String(r.line)
		r.setCommandLine(id, arguments)
	}
	if want.Path && hasProgram {
		id.path = r.readPath(p)
	}
	if want.Cgroup {
		r.setCgroup(p)
	}
	if want.Owner {
		of, err := r.processes.dir.Attributes(r.processes.path(p.pid, ""))
		id.owner, id.hasOwner = of.Owner, err == nil
		id.noteErr(3, err)
	}
}

// noteErr keeps an error of the file with this index in identityFiles, unless it is that the process has ended.
func (id *identity) noteErr(index int, err error) {
	if err != nil && !isGone(err) {
		id.errs[index] = err
		id.hidden = id.hidden || errors.Is(err, fs.ErrPermission)
	}
}

// maxComm is the length to which the kernel truncates the name of a process, TASK_COMM_LEN - 1. Names of kernel threads may be
// longer.
const maxComm = 15

// fullName completes a name that the kernel may have truncated from the path of the program in the first argument.
func fullName(comm, first []byte) []byte {
	base := first[bytes.LastIndexByte(first, '/')+1:]
	if len(comm) >= maxComm && bytes.HasPrefix(base, comm) {
		return base
	}
	return comm
}

// setCommandLine formats the command line again only if the arguments differ from those of the last reading.
func (r *identityReader) setCommandLine(id *identity, arguments []byte) {
	hash := maphash.Bytes(r.seed, arguments)
	if hash == id.commandLineHash {
		return
	}
	r.line = AppendCommandLine(r.line[:0], arguments, r.options.MaskCommandLines)
	id.commandLine, id.commandLineHash = intern.Text(r.line, r.host.MaxLength), hash
	clear(r.line)
}

// readPath returns the path of the executable, the target of exe; "" if it cannot be read.
func (r *identityReader) readPath(p *process) string {
	path, err := r.processes.dir.ReadLink(r.processes.path(p.pid, "/exe"), r.target)
	p.identity.noteErr(1, err)
	if err != nil {
		return ""
	}
	return r.names.String(path)
}

// setCgroup sets the contents of /proc/PID/cgroup, made printable: one line per hierarchy where cgroup v1 is mounted.
func (r *identityReader) setCgroup(p *process) {
	t, id := r.processes, &p.identity
	text, err := t.dir.ReadFile(t.path(p.pid, "/cgroup"), t.text)
	id.noteErr(2, err)
	if err != nil {
		id.cgroup = ""
		return
	}
	t.text = text[:0]
	hash := maphash.Bytes(r.seed, text)
	if hash == id.cgroupHash {
		return
	}
	line, rest := scan.Line(bytes.TrimSuffix(text, []byte{'\n'}))
	id.cgroup, id.cgroupHash = r.cgroups.String(line), hash
	for len(rest) > 0 {
		line, rest = scan.Line(rest)
		id.cgroup += "\n" + r.cgroups.String(line)
	}
}

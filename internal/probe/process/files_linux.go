// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"errors"
	"io/fs"
	"os"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// readMemory does not read statm of kernel threads and zombies, which have no memory.
func (p *Source) readMemory(one *process, s *snapshot.Process) error {
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
	if !source.IsComplete(err) {
		return err
	}
	page := uint64(os.Getpagesize())
	s.Resident, s.Virtual = source.Times(p.statm.Resident, page), source.Times(p.statm.Size, page)
	return err
}

// readIO does not read io again soon after it was denied. Without privileges that is so for nearly all processes, and a denied
// read costs almost as much as a successful one.
func (p *Source) readIO(sc *source.Scrape, one *process, s *snapshot.Process) error {
	if one.identity.ioRefused != nil {
		return one.identity.ioRefused
	}
	text, err := p.ioText(sc, one)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			one.identity.ioRefused = err
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

// ioText returns the contents of io, valid until the next read. The state of a process does not show that it is blocked in
// execve(2): on FUSE it is S, as that of any sleeping process, and it may change before io is read.
func (p *Source) ioText(sc *source.Scrape, one *process) ([]byte, error) {
	if p.ioHead != nil {
		return p.ioHead.read(sc, one.pid)
	}
	t := p.processes
	text, err := t.dir.ReadKept(t.path(one.pid, "/io"), &one.ioFile, t.text)
	if err == nil {
		t.text = text[:0]
	}
	return text, err
}

// readFileDescriptors counts the open descriptors: by the size of fd, which takes no privileges, else by listing it, which does.
func (p *Source) readFileDescriptors(one *process, s *snapshot.Process) error {
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

// readLimits reads the limit on open descriptors.
func (p *Source) readLimits(one *process, s *snapshot.Process) error {
	t := p.processes
	text, err := t.dir.ReadFile(t.path(one.pid, "/limits"), t.text)
	if err != nil {
		return err
	}
	t.text = text[:0]
	err = p.limits.Parse(text)
	s.FileDescriptorLimit = snapshot.Quantity(p.limits.OpenFiles)
	return err
}

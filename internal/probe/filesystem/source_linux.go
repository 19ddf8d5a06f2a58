// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"errors"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// filesystemSource asks the mounts of the host's first process how full they are. Our own may be others: those of a
// sandboxed service are.
type Source struct {
	host  *source.Host
	files [2]*pseudofs.File // The mountinfo of the first process, and our own for where that cannot be read.
	types *pseudofs.File
	list  *mountList
	// plain says that below the root are nothing but files, which lie on any device.
	plain bool

	mountinfo   procfs.Mountinfo
	filesystems procfs.Filesystems
	current     int            // Of files, the one that the list was made of.
	replaced    error          // What the one before it said.
	stale       bool           // The list is to be made again.
	faults      []source.Fault // What was wrong with the text it was made of.
	round       []blocking.Call
}

// filesystemOptions selects the mounts that are read.
type Options struct {
	// Keep reports whether a mount is read, by what the snapshot says of it; nil keeps every one. It is called again only when
	// the mounts of the host have changed.
	Keep func(device, fsType, mountPoint string) bool
	// Virtual includes file systems without a block device, and bind mounts.
	Virtual bool
}

func New(h *source.Host, o *Options) *Source {
	f := &Source{
		host: h, list: newMountList(h, o), plain: h.IsPlain(), stale: true,
		types: h.FS.File("proc/filesystems", pseudofs.Records),
	}
	h.OnClose(f.types.Close)
	for i, name := range [...]string{"proc/1/mountinfo", "proc/self/mountinfo"} {
		f.files[i] = h.FS.File(name, pseudofs.Records)
		h.OnClose(f.files[i].Close)
	}
	return f
}

func (f *Source) Read(sc *source.Scrape) (filled bool) {
	want := &sc.Want.Filesystem
	ask := want.Usage || want.Inodes
	if !ask && !want.List || !f.refresh(sc) {
		return false
	}
	if ask {
		f.host.Calls.Run(sc.Context, f.callable())
		f.fill(sc)
		return true
	}
	for _, m := range f.list.mounts {
		sc.Snapshot.Filesystem.Mounts = append(sc.Snapshot.Filesystem.Mounts, m.listed)
	}
	return true
}

// refresh makes the list again if the mounts have changed. What was wrong with its text is told as long as the list is
// made of it.
func (f *Source) refresh(sc *source.Scrape) bool {
	text, changed, err := f.changes()
	if err != nil {
		f.stale = true
		sc.Fault(f.files[0].Name(), err)
		return false
	}
	if changed && !f.update(sc, text) {
		f.stale = true
		return false
	}
	for i := range f.faults {
		sc.Fault(f.faults[i].Source, f.faults[i].Err)
	}
	return true
}

// changes returns the text of mountinfo if it has changed. The error is that of the first process's.
func (f *Source) changes() (text []byte, changed bool, err error) {
	if !f.stale {
		if text, changed, err = f.files[f.current].ReadChanged(); err == nil {
			return text, changed, nil
		}
	}
	var first error
	for i, file := range f.files {
		if text, changed, err = file.ReadChanged(); err == nil && !changed {
			text, err = file.Read()
		}
		if err == nil {
			f.current, f.replaced = i, first
			return text, true, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, false, first
}

// update makes the list of the text. Without virtual file systems, it takes /proc/filesystems to tell them.
func (f *Source) update(sc *source.Scrape, text []byte) bool {
	f.faults = f.faults[:0]
	if f.current > 0 {
		f.note(f.files[0].Name(), f.replaced)
	}
	f.note(f.files[f.current].Name(), f.mountinfo.Parse(text))
	types, err := f.types.Read()
	if err == nil {
		f.note(f.types.Name(), f.filesystems.Parse(types))
	} else if _ = f.filesystems.Parse(nil); !f.list.options.Virtual {
		sc.Fault(f.types.Name(), err)
		return false
	}
	f.list.update(&f.mountinfo, &f.filesystems, f.current == 1)
	f.stale = false
	return true
}

// note keeps in mind what is wrong: a parser's error is valid until it parses again, as long as the list is.
func (f *Source) note(name string, err error) {
	if err != nil {
		f.faults = append(f.faults, source.Fault{Source: name, Err: err})
	}
}

// callable are the mounts that can be asked: those that answered before first, then those on disks of this host, then the
// others. A mount whose call is still in flight is none of them.
func (f *Source) callable() []blocking.Call {
	f.round = f.round[:0]
	for rank := range 3 {
		for _, m := range f.list.mounts {
			if rank == m.rank(f.host.Calls.ProvenFast(m)) && !f.host.Calls.Pending(m) {
				f.round = append(f.round, m)
			}
		}
	}
	return f.round
}

// fill puts the answers into the snapshot, with the mounts that gave them.
func (f *Source) fill(sc *source.Scrape) {
	s, notRun := &sc.Snapshot.Filesystem, false
	for _, m := range f.list.mounts {
		err := m.check(f.host.Calls.Err(m), f.plain)
		switch {
		case err == nil:
			s.Mounts = append(s.Mounts, m.listed)
			m.fill(&s.Mounts[len(s.Mounts)-1], &sc.Want.Filesystem)
			// The kernel tells of no change when a file system goes read-only by an error.
			f.stale = f.stale || m.known && m.readOnly != m.statfs.ReadOnly
			m.readOnly, m.known = m.statfs.ReadOnly, true
			continue
		case errors.Is(err, blocking.ErrNotRun):
			notRun = true
			continue
		case errors.Is(err, blocking.ErrStuck):
			s.Stuck++
		case isGone(err) && !f.plain && f.isChanged():
			continue // It was unmounted since the list was made.
		}
		sc.Fault(m.source, err)
	}
	if notRun {
		sc.Fault("mounts", blocking.ErrNotRun)
	}
}

// isChanged reports whether the mounts have changed since the list was made.
func (f *Source) isChanged() bool {
	if !f.stale {
		_, changed, err := f.files[f.current].ReadChanged()
		f.stale = changed || err != nil
	}
	return f.stale
}

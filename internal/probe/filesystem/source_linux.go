// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"errors"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Source reads the mounts of the host's first process into snapshot.Filesystem. The collector's own may differ: those of a
// sandboxed service do. It is not safe for concurrent use.
type Source struct {
	host  *source.Host
	files [2]*pseudofs.File // mountinfo of the host's first process, and that of the collector if it cannot be read.
	types *pseudofs.File
	list  *mountList
	// plain says that the root is a directory of plain files: its mount points have any device.
	plain bool

	mountinfo   procfs.Mountinfo
	filesystems procfs.Filesystems
	current     int            // Index in files of what the list was made from.
	firstErr    error          // Why the list was not made from files[0]; nil if it was.
	stale       bool           // The list has to be made again.
	faults      []source.Fault // Of the files that the list was made from; they last as long as it does.
	round       []blocking.Call
}

// Options selects the mounts that are read.
type Options struct {
	// Keep reports whether a mount is read, by its names in the snapshot; nil keeps all. It is called when the list of
	// mounts is made, not at every scrape.
	Keep func(device, fsType, mountPoint string) bool
	// Virtual includes filesystems without a block device, and bind mounts.
	Virtual bool
}

// New returns the source of a host. Its files are opened when first read, and closed with the host. o must not change
// afterwards.
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

// Read appends the mounts, with what sc.Want selects of each, and reports whether the mounts are known. A mount whose statfs
// call failed, is blocked or was not run is omitted, and that is a fault; one that was unmounted meanwhile is omitted
// silently. It implements source.Source.
func (f *Source) Read(sc *source.Scrape) (filled bool) {
	want := &sc.Want.Filesystem
	needStatfs := want.Statfs()
	if !needStatfs && !want.List || !f.refresh(sc) {
		return false
	}
	if needStatfs {
		f.host.Calls.Run(sc.Context, f.callable())
		f.fill(sc)
		return true
	}
	for _, m := range f.list.mounts {
		sc.Snapshot.Filesystem.Mounts = append(sc.Snapshot.Filesystem.Mounts, m.listed)
	}
	return true
}

// refresh makes the list again if the mounts have changed, and reports whether there is one. The faults of its files are
// reported at every scrape that uses it.
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

// changes returns the contents of mountinfo if they have changed, valid until the next call. The error is that of the first
// process's mountinfo: the collector's own cannot be read either then.
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
			f.current, f.firstErr = i, first
			return text, true, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, false, first
}

// update makes the list from the contents of mountinfo, and reports whether it has. To exclude virtual filesystems it needs
// /proc/filesystems.
func (f *Source) update(sc *source.Scrape, text []byte) bool {
	f.faults = f.faults[:0]
	if f.current > 0 {
		f.noteErr(f.files[0].Name(), f.firstErr)
	}
	f.noteErr(f.files[f.current].Name(), f.mountinfo.Parse(text))
	types, err := f.types.Read()
	if err == nil {
		f.noteErr(f.types.Name(), f.filesystems.Parse(types))
	} else if _ = f.filesystems.Parse(nil); !f.list.options.Virtual {
		sc.Fault(f.types.Name(), err)
		return false
	}
	f.list.update(&f.mountinfo, &f.filesystems, f.current == 1)
	f.stale = false
	return true
}

// noteErr keeps the error of a file, if any. That of a parser is valid until its next Parse, and so as long as the list.
func (f *Source) noteErr(name string, err error) {
	if err != nil {
		f.faults = append(f.faults, source.Fault{Source: name, Err: err})
	}
}

// callable returns the mounts to call statfs for: first those that returned in time when called last, then those on block
// devices of this host, then the others. Mounts whose call is still pending are not among them.
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

// fill appends the mounts whose statfs call succeeded to the snapshot, and reports why the others are omitted.
func (f *Source) fill(sc *source.Scrape) {
	s, notRun := &sc.Snapshot.Filesystem, false
	for _, m := range f.list.mounts {
		err := m.check(f.host.Calls.Err(m), f.plain)
		f.recordHung(sc, m, err)
		switch {
		case err == nil && m.bound && !m.statfs.Directory:
			continue // It is a single file, like /etc/hosts in a container, and not a filesystem.
		case err == nil:
			s.Mounts = append(s.Mounts, m.listed)
			if err = m.fill(&s.Mounts[len(s.Mounts)-1], &sc.Want.Filesystem); err != nil {
				sc.Fault(m.source, err)
			}
			// poll(2) does not report that a filesystem was made read-only by an error.
			f.stale = f.stale || m.known && m.readOnly != m.statfs.ReadOnly
			m.readOnly, m.known = m.statfs.ReadOnly, true
			continue
		case errors.Is(err, blocking.ErrNotRun):
			notRun = true
			continue
		case errors.Is(err, blocking.ErrStuck):
			s.Stuck++
		case isGone(err) && !f.plain && f.isChanged():
			continue // It was unmounted after the list was made.
		}
		sc.Fault(m.source, err)
	}
	if notRun {
		sc.Fault("mounts", blocking.ErrNotRun)
	}
}

// recordHung appends a mount that hangs or has hung. What it does now is unknown if its call was not made.
func (f *Source) recordHung(sc *source.Scrape, m *mount, err error) {
	stuck := errors.Is(err, blocking.ErrStuck)
	m.hung = m.hung || stuck
	if sc.Want.Filesystem.Hung && m.hung && !errors.Is(err, blocking.ErrNotRun) {
		s := &sc.Snapshot.Filesystem
		s.Hung = append(s.Hung, snapshot.HungMount{Mount: m.listed, Stuck: stuck})
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

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import (
	"time"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// Host is one host's kernel interfaces below a root directory, and the files that several domains read. Sources hold it in a
// named field. It is not safe for concurrent use.
type Host struct {
	FS   *pseudofs.FS // Of the host.
	Self *pseudofs.FS // The collector's own root, which is FS unless that is another host's.
	Root string       // The path of FS, "" for the collector's own.
	// MaxLength is the largest number of bytes of a name; longer ones are truncated at a rune.
	MaxLength int
	// Timeout is the longest wait for one answer of the kernel.
	Timeout time.Duration
	// Calls runs what may never return.
	Calls *blocking.Pool

	Stat    *File[procfs.Stat, *procfs.Stat]
	Vmstat  *File[procfs.Vmstat, *procfs.Vmstat]
	Meminfo *File[procfs.Meminfo, *procfs.Meminfo]
	Uptime  *File[procfs.Uptime, *procfs.Uptime]

	mounts  *mounts
	closers []func() // In the order of OnClose.
}

// Options says where a host is and how long its kernel may take.
type Options struct {
	Root      string        // "" is the collector's own.
	SelfRoot  string        // Of the collector itself, "" for /. Only tests have another.
	MaxLength int           // Of a name, in bytes.
	Timeout   time.Duration // Of one call.
}

// OpenHost opens the roots. Nothing is read yet. Close it when its sources are not used any more.
func OpenHost(o Options) (*Host, error) {
	fs, err := pseudofs.OpenFS(o.Root)
	if err != nil {
		return nil, err
	}
	h := &Host{FS: fs, Self: fs, Root: o.Root, MaxLength: o.MaxLength, Timeout: o.Timeout}
	if o.Root != "" || o.SelfRoot != "" {
		if h.Self, err = pseudofs.OpenFS(o.SelfRoot); err != nil {
			fs.Close()
			return nil, err
		}
	}
	h.Calls = blocking.NewPool(fs, o.Timeout)
	h.mounts = &mounts{fs: fs, calls: h.Calls, known: map[string]*mountLookup{}}
	h.Stat = NewFile[procfs.Stat](h, "proc/stat", pseudofs.Single)
	h.Vmstat = NewFile[procfs.Vmstat](h, "proc/vmstat", pseudofs.Records)
	h.Meminfo = NewFile[procfs.Meminfo](h, "proc/meminfo", pseudofs.Single)
	h.Uptime = NewFile[procfs.Uptime](h, "proc/uptime", pseudofs.Single)
	return h, nil
}

// OnClose registers what a source has to close before the roots. The last one registered is closed first.
func (h *Host) OnClose(closer func()) { h.closers = append(h.closers, closer) }

// Close closes what the sources have opened, then the threads that are not stuck, then the roots.
func (h *Host) Close() {
	for i := len(h.closers) - 1; i >= 0; i-- {
		h.closers[i]()
	}
	h.Calls.Close()
	if h.Self != h.FS {
		h.Self.Close()
	}
	h.FS.Close()
}

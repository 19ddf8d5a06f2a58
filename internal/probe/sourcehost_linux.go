// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"time"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// Host is one host's kernel interfaces below a root directory, and the files that several domains read. It is not safe for
// concurrent use.
type Host struct {
	fs   *pseudofs.FS // Of the host.
	self *pseudofs.FS // Our own root, which is fs unless that is another host's.
	root string       // The path of fs, "" for our own.
	// maxLength is the largest number of bytes of a name; longer ones are truncated at a rune.
	maxLength int
	// timeout is the longest wait for one answer of the kernel.
	timeout time.Duration
	calls   *blocking.Pool

	stat    *kernelFile[procfs.Stat, *procfs.Stat]
	vmstat  *kernelFile[procfs.Vmstat, *procfs.Vmstat]
	meminfo *kernelFile[procfs.Meminfo, *procfs.Meminfo]

	mounts  *rootMounts
	closers []func() // In the order of OnClose.
}

// hostOptions says where a host is and how long its kernel may take.
type hostOptions struct {
	Root      string        // "" is our own.
	SelfRoot  string        // Of the collector itself, "" for /. Only tests have another.
	MaxLength int           // Of a name, in bytes.
	Timeout   time.Duration // Of one call.
}

// openHost opens the roots. Nothing is read yet.
func openHost(o hostOptions) (*Host, error) {
	fs, err := pseudofs.OpenFS(o.Root)
	if err != nil {
		return nil, err
	}
	h := &Host{fs: fs, self: fs, root: o.Root, maxLength: o.MaxLength, timeout: o.Timeout}
	if o.Root != "" || o.SelfRoot != "" {
		if h.self, err = pseudofs.OpenFS(o.SelfRoot); err != nil {
			fs.Close()
			return nil, err
		}
	}
	h.calls = blocking.NewPool(fs, o.Timeout)
	h.mounts = &rootMounts{fs: fs, calls: h.calls, known: map[string]*mountLookup{}}
	h.stat = newKernelFile[procfs.Stat](h, "proc/stat", pseudofs.Single)
	h.vmstat = newKernelFile[procfs.Vmstat](h, "proc/vmstat", pseudofs.Records)
	h.meminfo = newKernelFile[procfs.Meminfo](h, "proc/meminfo", pseudofs.Single)
	return h, nil
}

// OnClose registers what a source has to close before the roots. The last one registered is closed first.
func (h *Host) OnClose(closer func()) { h.closers = append(h.closers, closer) }

// close closes what the sources have opened, then the threads that are not stuck, then the roots.
func (h *Host) close() {
	for i := len(h.closers) - 1; i >= 0; i-- {
		h.closers[i]()
	}
	h.calls.Close()
	if h.self != h.fs {
		h.self.Close()
	}
	h.fs.Close()
}

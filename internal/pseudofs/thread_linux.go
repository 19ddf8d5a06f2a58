// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import "golang.org/x/sys/unix"

// ForThread returns the same root for calls that may never return, made by the calling goroutine, which must be locked to
// its thread and never unlock it.
//
// A thread that is stuck in a call outlives the process, and with it would live what it shares with the others: the table
// of descriptors, and in it the ports that the process listens on. So the thread gets a table of its own (own is true),
// in which only the root is left. Where that is forbidden (own is false; the seccomp profiles of containers know no
// unshare(2)), everything works until the process should end while a call is stuck.
func (fs *FS) ForThread() (thread *FS, own bool, err error) {
	if unix.Unshare(unix.CLONE_FILES) != nil {
		root, err := unix.FcntlInt(uintptr(fs.root), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return nil, false, err
		}
		return &FS{root: root, walk: fs.walk}, false, nil
	}
	closeTable(fs.root)
	return &FS{root: fs.root, walk: fs.walk}, true, nil
}

// runtimeDescriptors is the number below which the descriptors of Go's runtime are: it opens them as the process starts,
// and gets the lowest that are free.
const runtimeDescriptors = 512

// closeTable empties the calling thread's own table of descriptors but for keep and those of Go's runtime: an epoll and an
// eventfd, without which its scheduler, which any thread may have to run, would end the process. They are files without
// a type, and hold neither ports nor pipes nor file systems.
func closeTable(keep int) {
	for fd := range runtimeDescriptors {
		var stat unix.Stat_t
		if fd != keep && unix.Fstat(fd, &stat) == nil && stat.Mode&unix.S_IFMT != 0 {
			unix.Close(fd)
		}
	}
	const all = ^uint(0)
	if keep < runtimeDescriptors {
		closeRange(runtimeDescriptors, all)
		return
	}
	closeRange(runtimeDescriptors, uint(keep)-1)
	closeRange(uint(keep)+1, all)
}

// closeRange closes the descriptors from first to last. Before Linux 5.9 it does so one by one, up to the limit.
func closeRange(first, last uint) {
	if first > last || unix.CloseRange(first, last, 0) == nil {
		return
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return
	}
	for fd := first; fd <= last && uint64(fd) < limit.Cur; fd++ {
		unix.Close(int(fd))
	}
}

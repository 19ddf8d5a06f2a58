// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// hostName is the host's name: the kernel's, where the kernel answers for the host, else that of etc/hostname. Empty if neither
// identifies it.
func hostName(fs *pseudofs.FS, root string) string {
	if root == "" || isUTSOfHost(fs) {
		kernels, _ := os.Hostname()
		if name := nameOf(kernels); name != "" {
			return name
		}
	}
	return nameOf(source.FirstLine(fs, "etc/hostname"))
}

// isUTSOfHost reports whether our UTS namespace, which has the hostname, is that of the host below the root, as it is in pods
// with hostNetwork and in containers with --uts host. False where that is unknown.
func isUTSOfHost(fs *pseudofs.FS) bool {
	var own unix.Stat_t
	if unix.Stat("/proc/self/ns/uts", &own) != nil {
		return false
	}
	if host, err := fs.Inode("proc/1/ns/uts"); err == nil { // Needs ptrace access to the host's first process.
		return host == own.Ino
	}
	// The rest needs no privilege. Ours is the host's if it is the initial namespace, and if /proc of the host is that of the
	// initial pid namespace: a procfs of this kernel with kthreadd in it, which no other pid namespace has.
	if own.Ino != procfs.UTSInitInode {
		return false
	}
	if same, err := fs.Inode("proc/self/ns/uts"); err != nil || same != own.Ino {
		return false
	}
	stat, err := fs.ReadFile("proc/2/stat", nil)
	return err == nil && procfs.IsKernelThread(stat)
}

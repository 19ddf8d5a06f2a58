// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Filesystem is the mounted file systems.
type Filesystem struct {
	// Mounts are the mounts that are selected, each at another path.
	Mounts []Mount
	// Stuck is how many of them hang: a call is in flight since an earlier snapshot, or was given up in this one.
	Stuck uint64
	// Hung are the mounts whose statfs call was ever blocked, for as long as they are mounted.
	Hung []HungMount
}

// HungMount is a mount that hangs, or has hung before.
type HungMount struct {
	Mount Mount // As the mount table has it, without usage and inodes.
	Stuck bool  // Its call is blocked now.
}

// Mount is one mount. Its strings are interned.
type Mount struct {
	Device     string // As host_metrics names it: a path, or a name that the file system has chosen.
	MountPoint string // As the host's first process sees it.
	Type       string
	Mode       string // "ro", "rw" or "unknown".
	Options    string // Of the mount, as the kernel writes them, parted by commas.
	Usage      MountUsage
	Inodes     MountInodes
}

// MountUsage is what a file system's space is used for, in bytes.
type MountUsage struct {
	Known                bool
	Used, Free, Reserved uint64 // Reserved is free for privileged users only.
}

// MountInodes is how many inodes a file system has in use and left. They are unknown where it makes them as needed.
type MountInodes struct {
	Known      bool
	Used, Free uint64
}

// FilesystemWant selects fields of Filesystem and Mount.
type FilesystemWant struct {
	List   bool // Filesystem.Mounts, and of each what the mount table says.
	Usage  bool
	Inodes bool
	Hung   bool
}

// Statfs reports whether mounts have to be read with statfs(2).
func (w FilesystemWant) Statfs() bool { return w.Usage || w.Inodes || w.Hung }

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"errors"
	"math"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// mountKey is a mount's identity: the kernel gives the number of a mount that is gone to another.
type mountKey struct {
	id           uint64
	major, minor uint32
	path         string // In the bytes of the kernel.
}

// mount is one mount that is asked for, kept as long as it is listed.
type mount struct {
	mountKey
	call blocking.State

	listed snapshot.Mount // What the list says of it.
	local  bool           // It is on a block device of this host.
	anyDev bool           // Its files may have another device than it.
	source string         // Its name in faults.

	at     pseudofs.MountPoint
	statfs pseudofs.Statfs
	err    error
	// readOnly is what statfs said first after the list was read; known once it has.
	readOnly, known bool
}

// State implements blocking.Call.
func (m *mount) State() *blocking.State { return &m.call }

// Do implements blocking.Call.
func (m *mount) Do(fs *pseudofs.FS) { m.err = fs.Statfs(m.at, &m.statfs) }

// rank orders the mounts of a round: the lower, the less likely they are to hang.
func (m *mount) rank(provenFast bool) int {
	switch {
	case provenFast:
		return 0
	case m.local:
		return 1
	}
	return 2
}

// check is what has come of reading the mount: nil if statfs is true of it. result is that of the call. plain says that
// nothing but files is below the root, which lie on any device.
func (m *mount) check(result error, plain bool) error {
	switch {
	case result != nil:
		return result
	case m.err != nil:
		return m.err
	case !plain && !m.anyDev && m.statfs.Directory && (m.statfs.Major != m.major || m.statfs.Minor != m.minor):
		return errOtherFilesystem
	}
	return nil
}

// errOtherFilesystem: the path leads elsewhere in our mount namespace than in the host's.
var errOtherFilesystem = source.UnavailableError("a different filesystem is mounted at the mount point")

// hasLeft says that what was listed may not be there any more.
func isGone(err error) bool {
	return errors.Is(err, errOtherFilesystem) || errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ESTALE)
}

// fill puts what statfs said into s. Numbers that cannot be, as a FUSE server may give them, are cut to what can.
func (m *mount) fill(s *snapshot.Mount, want *snapshot.FilesystemWant) {
	k := &m.statfs
	if want.Usage {
		free := min(k.BlocksFree, k.Blocks)
		most := math.MaxInt64 / max(k.BlockSize, 1) // All together, so that what they come to is a number.
		used := min(k.Blocks-free, most)
		free = min(free, most-used)
		available := min(k.BlocksAvailable, free)
		s.Usage = snapshot.MountUsage{
			Known:    true,
			Used:     used * k.BlockSize,
			Free:     available * k.BlockSize,
			Reserved: (free - available) * k.BlockSize,
		}
	}
	if want.Inodes {
		s.Inodes = snapshot.MountInodes{Known: true, Free: k.FilesFree}
		if k.Files >= k.FilesFree {
			s.Inodes.Used = k.Files - k.FilesFree
		}
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// mountKey identifies a mount. Its ID alone does not, because the kernel reuses the IDs of unmounted ones.
type mountKey struct {
	id           uint64
	major, minor uint32
	path         string // Its mount point, unescaped.
}

// mount is a mount and its statfs call. It is kept as long as it is listed.
type mount struct {
	mountKey
	call blocking.State

	listed snapshot.Mount // As the snapshot has it, without usage and inodes.
	local  bool           // It is on a block device of this host.
	anyDev bool           // Its files may have another device number than mountinfo says.
	bound  bool           // Its root is not that of a filesystem, and may be a file.
	source string         // Its name in faults.

	at     pseudofs.MountPoint
	statfs pseudofs.Statfs // Written by Do, as is err: valid if the pool's Err is nil.
	err    error
	hung   bool // A call of it was stuck.
	// readOnly is the flag of the last statfs call, known once there was one since the list was made.
	readOnly, known bool
}

// State implements blocking.Call.
func (m *mount) State() *blocking.State { return &m.call }

// Do implements blocking.Call.
func (m *mount) Do(fs *pseudofs.FS) { m.err = fs.Statfs(m.at, &m.statfs) }

// rank orders the calls of a round: the lower, the less likely the call is to block.
func (m *mount) rank(provenFast bool) int {
	switch {
	case provenFast:
		return 0
	case m.local:
		return 1
	}
	return 2
}

// check returns nil if m.statfs is valid for the mount, else why it is not. result is the pool's Err of the call. plain says
// that the root is a directory of plain files, whose device is not compared.
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

// errOtherFilesystem reports that the path leads to another filesystem in the collector's mount namespace than in the
// host's.
var errOtherFilesystem = source.UnavailableError("a different filesystem is mounted at the mount point")

// isGone reports whether an error can mean that the mount was unmounted.
func isGone(err error) bool {
	return errors.Is(err, errOtherFilesystem) || errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ESTALE)
}

// fill converts the result of statfs. The error names impossible numbers; they are omitted.
func (m *mount) fill(s *snapshot.Mount, want *snapshot.FilesystemWant) error {
	usage, inodes := true, true
	if want.Usage {
		s.Usage, usage = usageOf(&m.statfs)
	}
	if want.Inodes {
		s.Inodes, inodes = inodesOf(&m.statfs)
	}
	switch {
	case !usage && !inodes:
		return errImpossibleStatfs
	case !usage:
		return errImpossibleUsage
	case !inodes:
		return errImpossibleInodes
	}
	return nil
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package filesystem

import (
	"fmt"
	"math"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

var (
	errImpossibleUsage  = fmt.Errorf("statfs returned impossible sizes; usage is omitted: %w", source.ErrImpossible)
	errImpossibleInodes = fmt.Errorf("statfs returned impossible numbers of inodes; they are omitted: %w", source.ErrImpossible)
	errImpossibleStatfs = fmt.Errorf("statfs returned impossible sizes and numbers of inodes; both are omitted: %w", source.ErrImpossible)
)

// positive is n, or 0 if n is below zero: the fields of statfs(2) are unsigned, so such a number has its top bit set. That
// happens over quota, and when privileged users have taken more than what is not reserved for them.
func positive(n uint64) uint64 {
	if n > math.MaxInt64 {
		return 0
	}
	return n
}

// usageOf returns what statfs reports about space. It is unknown if ok is false: a size below zero or beyond 63 bits, or more
// space free than there is.
func usageOf(k *pseudofs.Statfs) (u snapshot.MountUsage, ok bool) {
	free, available := positive(k.BlocksFree), positive(k.BlocksAvailable)
	if k.BlockSize == 0 && k.Blocks > 0 || k.Blocks > math.MaxInt64/max(k.BlockSize, 1) || max(free, available) > k.Blocks {
		return u, false
	}
	available = min(available, free)
	return snapshot.MountUsage{
		Known:    true,
		Used:     (k.Blocks - free) * k.BlockSize,
		Free:     available * k.BlockSize,
		Reserved: (free - available) * k.BlockSize,
	}, true
}

// inodesOf returns what statfs reports about inodes. They are unknown where the filesystem makes them as it needs them
// (btrfs, vfat), for which f_files is 0, nor if ok is false: a number below zero, or more free than there are.
func inodesOf(k *pseudofs.Statfs) (n snapshot.MountInodes, ok bool) {
	if k.Files == 0 {
		return n, true // statfs(2): "Fields that are undefined for a particular filesystem are set to 0."
	}
	free := positive(k.FilesFree)
	if k.Files > math.MaxInt64 || free > k.Files {
		return n, false
	}
	return snapshot.MountInodes{Known: true, Used: k.Files - free, Free: free}, true
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/common"
	"github.com/shirou/gopsutil/v4/disk"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Mounts returns the mounts that gopsutil lists, each path with each device once; virtual ones too if that is requested. That a
// mount has hung is forgotten once it is no longer listed.
func (r *Reader) Mounts(virtual bool) ([]snapshot.Mount, error) {
	partitions, own, err := r.partitions(virtual)
	if err != nil {
		return nil, err
	}
	var mounts []snapshot.Mount
	taken := map[[2]string]bool{}
	for i := range partitions {
		p := &partitions[i]
		if own {
			path, ok := r.onHost(p.Mountpoint)
			if !ok {
				continue
			}
			p.Mountpoint = path
		}
		identity := [2]string{p.Mountpoint, p.Device}
		if taken[identity] || p.Fstype == "autofs" {
			continue
		}
		taken[identity] = true
		mounts = append(mounts, snapshot.Mount{
			Device: text(p.Device), MountPoint: text(p.Mountpoint), Type: text(p.Fstype),
			Mode: mountMode(p.Opts), Options: text(strings.Join(p.Opts, ",")),
		})
	}
	maps.DeleteFunc(r.hung, func(at string, _ struct{}) bool {
		return !slices.ContainsFunc(mounts, func(m snapshot.Mount) bool { return m.MountPoint == at })
	})
	return mounts, nil
}

// text is what gopsutil has read as valid UTF-8.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func mountMode(options []string) string {
	for _, mode := range []string{"rw", "ro"} {
		if slices.Contains(options, mode) {
			return mode
		}
	}
	return "unknown"
}

// ErrImpossible reports that a filesystem returned impossible numbers. They are unknown; what else it returned is not.
var ErrImpossible = errors.New("the file system returned impossible numbers; they are omitted")

// MountUsage fills what the filesystem at m says of itself. It waits no longer than timeout, and ctx, for a call that may
// block forever; while one is blocked, further calls for the mount return context.DeadlineExceeded.
func (r *Reader) MountUsage(ctx context.Context, timeout time.Duration, m *snapshot.Mount) error {
	at := m.MountPoint
	if _, stuck := r.inFlight.LoadOrStore(at, nil); stuck {
		return context.DeadlineExceeded
	}
	type answer struct {
		usage *disk.UsageStat
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		usage, err := disk.UsageWithContext(r.ctx, r.below(at))
		r.inFlight.Delete(at)
		answers <- answer{usage, err}
	}()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	select {
	case a := <-answers:
		if a.err != nil {
			return a.err
		}
		var usage, inodes bool
		m.Usage, usage = usageOf(a.usage)
		m.Inodes, inodes = inodesOf(a.usage)
		if !usage || !inodes {
			return ErrImpossible
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Hung reports whether the call of a mount whose MountUsage returned err is blocked, and whether it ever was.
func (r *Reader) Hung(m *snapshot.Mount, err error) (now, ever bool) {
	if errors.Is(err, context.DeadlineExceeded) {
		r.hung[m.MountPoint] = struct{}{}
		return true, true
	}
	_, ever = r.hung[m.MountPoint]
	return false, ever
}

// positive is n, or 0 if n is below zero, which is unsigned and so has its top bit set.
func positive(n uint64) uint64 {
	if n > math.MaxInt64 {
		return 0
	}
	return n
}

// usageOf is what gopsutil says about space. It is unknown if ok is false: a size below zero or beyond 63 bits, or more
// space free than there is, of which gopsutil makes a use below zero. Of free space below zero it makes a use beyond the size.
func usageOf(u *disk.UsageStat) (usage snapshot.MountUsage, ok bool) {
	free := positive(u.Free)
	if max(u.Total, u.Used) > math.MaxInt64 || free > u.Total {
		return usage, false
	}
	used := min(u.Used, u.Total)
	free = min(free, u.Total-used)
	return snapshot.MountUsage{Known: true, Used: used, Free: free, Reserved: u.Total - used - free}, true
}

// inodesOf is what gopsutil says about inodes. They are unknown where the filesystem makes them as it needs them, and on
// Windows, for which there are 0, nor if ok is false: a number below zero, or more free than there are.
func inodesOf(u *disk.UsageStat) (inodes snapshot.MountInodes, ok bool) {
	if u.InodesTotal == 0 {
		return inodes, true
	}
	free := positive(u.InodesFree)
	if u.InodesTotal > math.MaxInt64 || free > u.InodesTotal {
		return inodes, false
	}
	return snapshot.MountInodes{Known: true, Used: u.InodesTotal - free, Free: free}, true
}

// partitions returns the mounts of the host, or where these cannot be read below a root, our own.
func (r *Reader) partitions(virtual bool) (mounts []disk.PartitionStat, own bool, err error) {
	if r.root == "" {
		mounts, err = disk.PartitionsWithContext(r.ctx, virtual)
		return mounts, false, err
	}
	env, _ := r.ctx.Value(common.EnvKey).(common.EnvMap)
	env = maps.Clone(env)
	env[common.HostProcMountinfo] = filepath.Join(r.root, "proc", "1", "mountinfo") // Then gopsutil reads no other.
	if mounts, err = disk.PartitionsWithContext(context.WithValue(r.ctx, common.EnvKey, env), virtual); err == nil {
		return mounts, false, nil
	}
	mounts, err = disk.PartitionsWithContext(r.ctx, virtual)
	return mounts, true, err
}

// onHost returns the path on the host of one of our own mounts. Those that are not below the root are none of the host's.
func (r *Reader) onHost(mountPoint string) (path string, ok bool) {
	root, err := filepath.EvalSymlinks(r.root)
	if err == nil {
		root, err = filepath.Abs(root)
	}
	path, ok = strings.CutPrefix(mountPoint, root)
	if err != nil || !ok || path != "" && path[0] != '/' {
		return "", false
	}
	return cmp.Or(path, "/"), true
}

// below is the path from here of a mount point of the host.
func (r *Reader) below(mountPoint string) string {
	if r.root == "" {
		return mountPoint
	}
	return filepath.Join(r.root, mountPoint)
}

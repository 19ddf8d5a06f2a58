// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/disk"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Mounts returns the mounts that gopsutil lists, each path with each device once; virtual ones too if that is asked for.
func (r *Reader) Mounts(virtual bool) ([]snapshot.Mount, error) {
	partitions, err := disk.PartitionsWithContext(r.ctx, virtual)
	if err != nil {
		return nil, err
	}
	var mounts []snapshot.Mount
	taken := map[[2]string]bool{}
	for i := range partitions {
		p := &partitions[i]
		identity := [2]string{p.Mountpoint, p.Device}
		if taken[identity] || p.Fstype == "autofs" {
			continue
		}
		taken[identity] = true
		mounts = append(mounts, snapshot.Mount{
			Device: text(unescaped(p.Device)), MountPoint: text(p.Mountpoint), Type: text(unescaped(p.Fstype)),
			Mode: mountMode(p.Opts), Options: text(strings.Join(p.Opts, ",")),
		})
	}
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

// MountUsage fills what the file system at m says of itself. It waits no longer than timeout, and ctx, for a call that may
// never return; as long as that is so, the mount is not asked again.
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
		u := a.usage
		m.Usage = snapshot.MountUsage{Used: u.Used, Free: u.Free, Reserved: u.Total - u.Used - u.Free}
		m.Inodes = snapshot.MountInodes{Used: u.InodesUsed, Free: u.InodesFree}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// below is the path from here of a mount point of the host, unless it is from here already.
func (r *Reader) below(mountPoint string) string {
	if r.root == "" || strings.HasPrefix(mountPoint+"/", filepath.Clean(r.root)+"/") {
		return mountPoint
	}
	return filepath.Join(r.root, mountPoint)
}

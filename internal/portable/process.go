// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"errors"
	"io/fs"
	"runtime"

	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/process"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// statuses are gopsutil's names.
var statuses = map[string]snapshot.ProcessStatus{
	process.Blocked:  snapshot.StatusBlocked,
	process.Daemon:   snapshot.StatusDaemon,
	process.Detached: snapshot.StatusDetached,
	process.Idle:     snapshot.StatusIdle,
	process.Lock:     snapshot.StatusLocked,
	process.Orphan:   snapshot.StatusOrphan,
	process.Running:  snapshot.StatusRunning,
	process.Sleep:    snapshot.StatusSleeping,
	process.Stop:     snapshot.StatusStopped,
	process.System:   snapshot.StatusSystem,
	process.Wait:     snapshot.StatusPaging,
	process.Zombie:   snapshot.StatusZombie,
}

// ProcessCounts counts the processes by status. Windows has none.
func (r *Reader) ProcessCounts(p *snapshot.Processes) error {
	if runtime.GOOS == "windows" {
		return errors.ErrUnsupported
	}
	all, err := process.ProcessesWithContext(r.ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		names, err := one.StatusWithContext(r.ctx)
		switch {
		case errors.Is(err, fs.ErrPermission):
			p.Hidden++
			p.ByStatus[snapshot.StatusUnknown]++
		case err != nil: // It has ended.
		case len(names) == 1:
			status, ok := statuses[names[0]]
			if !ok {
				status = snapshot.StatusUnknown
			}
			p.ByStatus[status]++
		default:
			p.ByStatus[snapshot.StatusUnknown]++
		}
	}
	p.CountKnown = true
	return nil
}

// ProcessesCreated is known on Linux and OpenBSD.
func (r *Reader) ProcessesCreated(p *snapshot.Processes) error {
	if runtime.GOOS != "linux" && runtime.GOOS != "openbsd" {
		return errors.ErrUnsupported
	}
	misc, err := load.MiscWithContext(r.ctx)
	if err == nil {
		p.Created = snapshot.Known(uint64(misc.ProcsCreated))
	}
	return err
}

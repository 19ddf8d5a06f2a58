// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// systemSource reads /proc/uptime, /proc/stat, /proc/vmstat and two files of /proc/sys.
type systemSource struct {
	*native
	uptime *kernelFile[procfs.Uptime, *procfs.Uptime]
	fileNr *kernelFile[procfs.FileNr, *procfs.FileNr]
	pidMax *kernelFile[procfs.PIDMax, *procfs.PIDMax]
}

func newSystemSource(n *native) *systemSource {
	return &systemSource{
		native: n,
		uptime: newKernelFile[procfs.Uptime](n, "proc/uptime", pseudofs.Single),
		fileNr: newKernelFile[procfs.FileNr](n, "proc/sys/fs/file-nr", pseudofs.Single),
		pidMax: newKernelFile[procfs.PIDMax](n, "proc/sys/kernel/pid_max", pseudofs.Single),
	}
}

func (s *systemSource) read(sc *scrape) (filled bool) {
	if s.options.Want.SystemUptime {
		if uptime := s.uptime.read(sc); uptime != nil {
			sc.snapshot.System.Uptime = snapshot.Quantity(uptime.Up)
			filled = true
		}
	}
	if s.options.Want.SystemActivity {
		filled = s.readActivity(sc) || filled
	}
	return filled
}

func (s *systemSource) readActivity(sc *scrape) (filled bool) {
	system := &sc.snapshot.System
	if stat := s.stat.read(sc); stat != nil {
		system.ContextSwitches = snapshot.Quantity(stat.ContextSwitches)
		system.Interrupts = snapshot.Quantity(stat.Interrupts)
		filled = true
	}
	if vmstat := s.vmstat.read(sc); vmstat != nil {
		system.OOMKills = snapshot.Quantity(vmstat.OOMKill)
		filled = true
	}
	if fileNr := s.fileNr.read(sc); fileNr != nil {
		system.FileDescriptors = snapshot.Quantity(fileNr.Allocated)
		system.FileDescriptorLimit = snapshot.Quantity(fileNr.Max)
		filled = true
	}
	if pidMax := s.pidMax.read(sc); pidMax != nil {
		system.ProcessLimit = snapshot.Quantity(pidMax.Max)
		filled = true
	}
	return filled
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// systemSource reads /proc/uptime, /proc/stat, /proc/vmstat and two files of /proc/sys.
type systemSource struct {
	host   *Host
	uptime *kernelFile[procfs.Uptime, *procfs.Uptime]
	fileNr *kernelFile[procfs.FileNr, *procfs.FileNr]
	pidMax *kernelFile[procfs.PIDMax, *procfs.PIDMax]
	// otherPIDs says that pid_max, which since Linux 6.14 is that of the reader's pid namespace, is not the host's.
	otherPIDs bool
}

func newSystemSource(h *Host) *systemSource {
	return &systemSource{
		host:   h,
		uptime: newKernelFile[procfs.Uptime](h, "proc/uptime", pseudofs.Single),
		fileNr: newKernelFile[procfs.FileNr](h, "proc/sys/fs/file-nr", pseudofs.Single),
		pidMax: newKernelFile[procfs.PIDMax](h, "proc/sys/kernel/pid_max", pseudofs.Single),

		otherPIDs: h.namespace("pid") == otherNamespace,
	}
}

func (s *systemSource) read(sc *scrape) (filled bool) {
	want, system := &sc.want.System, &sc.snapshot.System
	if want.Uptime {
		if uptime := s.uptime.read(sc); uptime != nil {
			system.Uptime = snapshot.Quantity(uptime.Up)
			filled = true
		}
	}
	if want.Counts {
		if stat := s.host.stat.read(sc); stat != nil {
			system.ContextSwitches = snapshot.Quantity(stat.ContextSwitches)
			system.Interrupts = snapshot.Quantity(stat.Interrupts)
			if !stat.ContextSwitches.Known {
				s.host.stat.absent(sc)
			}
			filled = true
		}
	}
	if want.OOMKills {
		if vmstat := s.host.vmstat.read(sc); vmstat != nil {
			system.OOMKills = snapshot.Quantity(vmstat.OOMKill)
			filled = true
		}
	}
	if want.FileDescriptors {
		if fileNr := s.fileNr.read(sc); fileNr != nil {
			system.FileDescriptors = snapshot.Quantity(fileNr.Allocated)
			system.FileDescriptorLimit = snapshot.Quantity(fileNr.Max)
			filled = true
		}
	}
	if want.ProcessLimit && s.otherPIDs {
		sc.fault(s.pidMax.name(), errOtherNamespace)
	} else if want.ProcessLimit {
		if pidMax := s.pidMax.read(sc); pidMax != nil {
			system.ProcessLimit = snapshot.Quantity(pidMax.Max)
			filled = true
		}
	}
	if want.SelfSwitches {
		var usage unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err == nil {
			self := &sc.snapshot.Self
			self.VoluntarySwitches = snapshot.Known(uint64(usage.Nvcsw))
			self.InvoluntarySwitches = snapshot.Known(uint64(usage.Nivcsw))
			filled = true
		}
	}
	return filled
}

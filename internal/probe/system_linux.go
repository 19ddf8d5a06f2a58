// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// systemSource reads /proc/uptime, /proc/stat, /proc/vmstat and two files of /proc/sys.
type systemSource struct {
	host   *source.Host
	fileNr *source.File[procfs.FileNr, *procfs.FileNr]
	pidMax *source.File[procfs.PIDMax, *procfs.PIDMax]
	// noPIDMax is why pid_max, which since Linux 6.14 is that of its reader, is not the host's. nil if it is.
	noPIDMax error
}

func newSystemSource(h *source.Host) *systemSource {
	_, noPIDMax := h.PIDNamespace()
	return &systemSource{
		host:   h,
		fileNr: source.NewFile[procfs.FileNr](h, "proc/sys/fs/file-nr", pseudofs.Single),
		pidMax: source.NewFile[procfs.PIDMax](h, "proc/sys/kernel/pid_max", pseudofs.Single),

		noPIDMax: noPIDMax,
	}
}

func (s *systemSource) Read(sc *source.Scrape) (filled bool) {
	want, system := &sc.Want.System, &sc.Snapshot.System
	if want.Uptime {
		if uptime := s.host.Uptime.Read(sc); uptime != nil {
			system.Uptime = snapshot.Quantity(uptime.Up)
			filled = true
		}
	}
	if want.Counts {
		if stat := s.host.Stat.Read(sc); stat != nil {
			system.ContextSwitches = snapshot.Quantity(stat.ContextSwitches)
			system.Interrupts = snapshot.Quantity(stat.Interrupts)
			if !stat.ContextSwitches.Known {
				s.host.Stat.Absent(sc)
			}
			filled = true
		}
	}
	if want.OOMKills {
		if vmstat := s.host.Vmstat.Read(sc); vmstat != nil {
			system.OOMKills = snapshot.Quantity(vmstat.OOMKill)
			filled = true
		}
	}
	if want.FileDescriptors {
		if fileNr := s.fileNr.Read(sc); fileNr != nil {
			system.FileDescriptors = snapshot.Quantity(fileNr.Allocated)
			system.FileDescriptorLimit = snapshot.Quantity(fileNr.Max)
			filled = true
		}
	}
	if want.ProcessLimit && s.noPIDMax != nil {
		sc.Fault(s.pidMax.Name(), s.noPIDMax)
	} else if want.ProcessLimit {
		if pidMax := s.pidMax.Read(sc); pidMax != nil {
			system.ProcessLimit = snapshot.Quantity(pidMax.Max)
			filled = true
		}
	}
	if want.SelfSwitches {
		var usage unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err == nil {
			self := &sc.Snapshot.Self
			self.VoluntarySwitches = snapshot.Known(uint64(usage.Nvcsw))
			self.InvoluntarySwitches = snapshot.Known(uint64(usage.Nivcsw))
			filled = true
		}
	}
	return filled
}

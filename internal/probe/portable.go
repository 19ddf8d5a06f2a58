// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/portable"
	"github.com/superviz-io/hostprobe/internal/probe/container"
	"github.com/superviz-io/hostprobe/internal/probe/process"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/thermal"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sysfs"
)

// portableBackend reads through gopsutil.
type portableBackend struct {
	options Options
	reader  *portable.Reader
	around  *container.Detection
}

func openPortable(o Options) backend {
	p := &portableBackend{options: o, reader: portable.New(o.Root)}
	p.around = container.New(o.Root, o.maxLength())
	return p
}

// source reads through gopsutil, but for what it does not support: detecting what we run in ourselves.
func (p *portableBackend) source(d snapshot.Domain) source.Source {
	if d == snapshot.DomainContainer || d == snapshot.DomainRuntime {
		return p.around.Source(d)
	}
	return portableSource{p, d}
}

func (p *portableBackend) bootTime(*source.Scrape) (int64, error) { return p.reader.BootTime() }
func (p *portableBackend) identity() snapshot.Host                { return identify(&p.options) }
func (p *portableBackend) close()                                 { p.around.Close() }

func (p *portableBackend) pid() snapshot.Quantity {
	if p.options.Root != "" {
		return snapshot.Quantity{} // The host's pid namespace may be another.
	}
	return snapshot.Known(uint64(os.Getpid()))
}

type portableSource struct {
	*portableBackend
	domain snapshot.Domain
}

// errNotTold says that gopsutil does not report what was requested.
var errNotTold = source.UnavailableError("not reported by gopsutil")

func (p portableSource) Read(sc *source.Scrape) (filled bool) {
	report := func(part string, err error) bool {
		if err != nil {
			sc.Fault("gopsutil "+part, err)
		}
		return err == nil
	}
	s, want, name := sc.Snapshot, sc.Want, p.domain.String()
	switch p.domain {
	case snapshot.DomainCPU:
		return report(name, p.reader.CPU(&s.CPU, want.CPU.PhysicalCount, want.CPU.Frequencies))
	case snapshot.DomainDisk:
		return report(name, p.reader.Disks(&s.Disks, p.options.DiskFilter))
	case snapshot.DomainLoad:
		return report(name, p.reader.Load(&s.Load, want.Load.CPUs))
	case snapshot.DomainMemory:
		return report(name, p.reader.Memory(&s.Memory))
	case snapshot.DomainNFS:
		if want.NFS.Client || want.NFS.Server {
			report(name, errNotTold)
		}
		return false
	case snapshot.DomainPaging:
		return report(name, p.reader.Paging(&s.Paging, want.Paging.Counts, want.Paging.Areas))
	case snapshot.DomainSystem:
		filled = want.System.Counts && report("context switches", p.reader.ContextSwitches(&s.System))
		if want.System.Counts || want.System.OOMKills || want.System.FileDescriptors || want.System.ProcessLimit {
			report("activity", errNotTold)
		}
		return want.System.Uptime && report("uptime", p.reader.Uptime(&s.System)) || filled
	case snapshot.DomainNetwork:
		filled = want.Network.Interfaces && report(name, p.reader.Interfaces(&s.Network, p.options.InterfaceFilter))
		if want.Network.Links.Any() {
			report("links", errNotTold)
		}
		if want.Network.Softnet {
			report("softnet", errNotTold)
		}
		return want.Network.Conntrack && report("conntrack", p.reader.Conntrack(&s.Network)) || filled
	case snapshot.DomainFilesystem:
		return p.filesystem(sc)
	case snapshot.DomainConnections:
		if want.Connections.UnixStates {
			report("unix sockets", errNotTold)
		}
		if want.Connections.SocketLists() {
			report("socket list", errNotTold)
		}
		protocols := &want.Connections.Protocols
		filled = protocols.TCP && report("tcp", p.reader.TCP(&s.Connections.Protocols))
		if protocols.Sockets || protocols.SocketMemory || protocols.TCPExtended || protocols.UDPErrors {
			report("protocols", errNotTold)
		}
		if !want.Connections.TCPStates && !want.Connections.UDPStates && !want.Connections.Listeners {
			return filled
		}
		return report(name, p.reader.Connections(&s.Connections, want.Connections.TCPStates, want.Connections.UDPStates, want.Connections.Listeners)) || filled
	case snapshot.DomainProcesses:
		filled = want.Processes.ByStatus && report(name, p.reader.ProcessCounts(&s.Processes))
		return want.Processes.Created && report("processes created", p.reader.ProcessesCreated(&s.Processes)) || filled
	case snapshot.DomainProcess:
		return p.readProcesses(sc, report)
	case snapshot.DomainQuota:
		if want.Quota != (snapshot.QuotaWant{}) {
			report(name, errNotTold)
		}
		return false
	case snapshot.DomainThermal:
		if !want.Thermal.Temperatures && !want.Thermal.Limits {
			return false
		}
		err := p.reader.Temperatures(sc.Context, p.options.callTimeout(), &s.Thermal, p.keepsSensor)
		return report(name, err) || len(s.Thermal.Sensors) > 0
	default:
		return report(name, errNotTold)
	}
}

// readProcesses makes the same of gopsutil's words as the native source of the kernel's.
func (p portableSource) readProcesses(sc *source.Scrape, report func(string, error) bool) (filled bool) {
	o, list := &p.options, &sc.Snapshot.ProcessList
	want := &sc.Want.Process
	if want.Utilization {
		if n, err := p.reader.CPUCount(); report("CPUs", err) {
			list.CPUs = snapshot.Known(uint64(n))
		}
	}
	if want.Signals || want.Cgroup {
		report("process signals and cgroups", errNotTold)
	}
	if !report("process", p.reader.ProcessList(list, &portable.ProcessParts{
		Memory: want.Memory, MemoryShare: want.MemoryShare, IO: want.IO, Switches: want.Switches,
		FileDescriptors: want.FileDescriptors, FileDescriptorLimit: want.FileDescriptorLimit, Status: want.Top, Command: want.Command, Path: want.Path, Owner: want.Owner,
		Keep: o.ProcessFilter,
		CommandLine: func(arguments []string) string {
			line := process.AppendCommandLine(nil, []byte(strings.Join(arguments, "\x00")), o.MaskCommandLines)
			return intern.Text(line, o.maxLength())
		},
		Printable: func(text string) string { return intern.Text([]byte(text), o.maxLength()) },
	})) {
		return false
	}
	now := sc.Snapshot.Time
	list.List = slices.DeleteFunc(list.List, func(one snapshot.Process) bool {
		return one.Start != 0 && now-one.Start < int64(o.ProcessDelay)
	})
	for i := range list.List {
		one := &list.List[i]
		one.Start = min(one.Start, now)
		if want.Age && one.Start != 0 {
			one.Age = snapshot.Known(uint64(now - one.Start))
		}
	}
	return true
}

// keepsSensor reports whether a sensor is emitted. gopsutil has read it before: it reads all there are. On Linux it calls them
// by their chip, or by chip_label, which cannot be taken apart but for the chips that are known.
func (p portableSource) keepsSensor(name string) bool {
	if chip, _, _ := strings.Cut(name, "_"); thermal.ReadWhenNamed(chip) {
		name = chip
	}
	return !sysfs.IsPolicyZone([]byte(name)) && p.options.chipFilter()(name)
}

// filesystem asks gopsutil for the mounts, and each mount with a deadline.
func (p portableSource) filesystem(sc *source.Scrape) (filled bool) {
	want, s := &sc.Want.Filesystem, &sc.Snapshot.Filesystem
	needUsage := want.Statfs()
	if !needUsage && !want.List {
		return false
	}
	mounts, err := p.reader.Mounts(p.options.VirtualFilesystems)
	if err != nil {
		sc.Fault("gopsutil mounts", err)
		return false
	}
	for i := range mounts {
		m := &mounts[i]
		if f := p.options.MountFilter; f != nil && !f(m.Device, m.Type, m.MountPoint) {
			continue
		}
		if needUsage {
			listed := *m
			err = p.reader.MountUsage(sc.Context, p.options.callTimeout(), m)
			stuck, ever := p.reader.Hung(m, err)
			if stuck {
				s.Stuck++
			}
			if ever && want.Hung {
				s.Hung = append(s.Hung, snapshot.HungMount{Mount: listed, Stuck: stuck})
			}
			switch name := "gopsutil mount " + m.MountPoint; {
			case errors.Is(err, portable.ErrImpossible):
				sc.Fault(name, fmt.Errorf("%w: %w", source.ErrImpossible, err))
			case err != nil:
				sc.Fault(name, err)
				continue
			}
			if !want.Usage {
				m.Usage = snapshot.MountUsage{}
			}
			if !want.Inodes {
				m.Inodes = snapshot.MountInodes{}
			}
		}
		s.Mounts = append(s.Mounts, *m)
	}
	return true
}

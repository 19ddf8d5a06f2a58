// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package network

import (
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Source reads the interfaces of the host's network namespace, softnet and conntrack into snapshot.Network. It is not safe
// for concurrent use.
type Source struct {
	dev            *source.File[procfs.NetDev, *procfs.NetDev]
	softnet        *source.File[procfs.SoftnetStat, *procfs.SoftnetStat]
	conntrackCount *source.File[procfs.NfConntrack, *procfs.NfConntrack]
	conntrackMax   *source.File[procfs.NfConntrack, *procfs.NfConntrack]
	// noSysctl is why /proc/sys/net, which is that of its reader, is not the host's. nil if it is.
	noSysctl error

	links   *linkReader
	names   *intern.Strings
	wanted  *source.NameFilter
	backlog softnetHistory
}

// New returns the source of a host. keep reports whether an interface is read, by its name; nil keeps all. It is called
// once for each name. The files are opened when first read, and closed with the host.
func New(h *source.Host, keep func(name string) bool) *Source {
	dir := "proc/net/"
	namespace, err := h.NetNamespace()
	if namespace != source.OwnNamespace {
		dir = h.NetDir()
	}
	const netfilter = "proc/sys/net/netfilter/nf_conntrack_"
	return &Source{
		dev:            source.NewFile[procfs.NetDev](h, dir+"dev", pseudofs.Records),
		softnet:        source.NewFile[procfs.SoftnetStat](h, dir+"softnet_stat", pseudofs.Records),
		conntrackCount: source.NewFile[procfs.NfConntrack](h, netfilter+"count", pseudofs.Single),
		conntrackMax:   source.NewFile[procfs.NfConntrack](h, netfilter+"max", pseudofs.Single),
		noSysctl:       err,
		links:          newLinkReader(h),
		names:          intern.New(procfs.MaxInterfaces, h.MaxLength),
		wanted:         source.NewNameFilter(keep),
	}
}

// Read fills the fields of snapshot.Network that sc.Want selects, and reports whether it has filled any. A file that cannot
// be read is a fault. The counters of an interface are the kernel's: History finds out when they restarted. It implements
// source.Source.
func (n *Source) Read(sc *source.Scrape) (filled bool) {
	want, s := &sc.Want.Network, &sc.Snapshot.Network
	if want.Interfaces || want.Links.Any() {
		if dev := n.dev.Read(sc); dev != nil {
			n.fillInterfaces(sc, dev)
			filled = true
		}
	}
	if want.Conntrack {
		s.Conntrack = n.conntrack(sc, n.conntrackCount)
		s.ConntrackLimit = n.conntrack(sc, n.conntrackMax)
		filled = filled || s.Conntrack.Known || s.ConntrackLimit.Known
	}
	if want.Softnet {
		if softnet := n.softnet.Read(sc); softnet != nil && len(softnet.CPUs) > 0 {
			n.backlog.add(softnet)
			s.SoftnetDropped, s.SoftnetSqueezed = snapshot.Known(n.backlog.dropped), snapshot.Known(n.backlog.squeezed)
			filled = true
		}
	}
	return filled
}

// fillInterfaces appends the interfaces of dev that the filter keeps. Faults of sysfs are reported as one.
func (n *Source) fillInterfaces(sc *source.Scrape, dev *procfs.NetDev) {
	want, s := &sc.Want.Network, &sc.Snapshot.Network
	linksErr := error(nil)
	readLinks := want.Links.Any()
	if readLinks {
		linksErr = n.links.begin(want.Links)
		readLinks = linksErr == nil
	}
	for i := range dev.Interfaces {
		k := &dev.Interfaces[i]
		name := n.names.String(k.Name)
		if !n.wanted.Keeps(name) {
			continue
		}
		found := snapshot.Interface{Name: name}
		if want.Interfaces {
			found.Counted, found.Received, found.Sent = true, traffic(&k.Receive), traffic(&k.Transmit)
		}
		if readLinks {
			if err := n.links.read(k.Name, &found); err != nil {
				linksErr = err
			}
		}
		s.Interfaces = append(s.Interfaces, found)
	}
	if readLinks {
		n.links.end()
	}
	if linksErr != nil {
		sc.Fault("sys/class/net", linksErr)
	}
	n.names.Sweep()
}

func traffic(k *procfs.NetDirection) snapshot.InterfaceTraffic {
	return snapshot.InterfaceTraffic{
		Bytes: snapshot.Quantity(k.Bytes), Packets: snapshot.Quantity(k.Packets),
		Errors: snapshot.Quantity(k.Errs), Dropped: snapshot.Quantity(k.Drop),
	}
}

// conntrack reads one of the two files, unless they are not those of the host's namespace.
func (n *Source) conntrack(sc *source.Scrape, f *source.File[procfs.NfConntrack, *procfs.NfConntrack]) snapshot.Quantity {
	if n.noSysctl != nil {
		sc.Fault(f.Name(), n.noSysctl)
		return snapshot.Quantity{}
	}
	if entries := f.Read(sc); entries != nil {
		return snapshot.Quantity(entries.Entries)
	}
	return snapshot.Quantity{}
}

// softnetHistory makes monotonic sums of the counters of all CPUs. Each counter has 32 bits and wraps, and the kernel omits
// CPUs that are offline.
type softnetHistory struct {
	cpus              []procfs.SoftnetCPU // By number, as last read.
	lines             int                 // Lines of the file at the previous scrape, 0 before the first.
	dropped, squeezed uint64
}

// add adds what the counters have grown by since the previous scrape.
func (h *softnetHistory) add(k *procfs.SoftnetStat) {
	moved := h.haveMoved(k)
	for _, now := range k.CPUs {
		for now.Number >= len(h.cpus) {
			h.cpus = append(h.cpus, procfs.SoftnetCPU{})
		}
		before := &h.cpus[now.Number] // Zeros for a new one: its counters start at boot.
		if !moved {
			h.dropped += uint64(sinceOf32(before.Dropped, now.Dropped))
			h.squeezed += uint64(sinceOf32(before.TimeSqueeze, now.TimeSqueeze))
		}
		if now.Dropped.Known {
			before.Dropped = now.Dropped
		}
		if now.TimeSqueeze.Known {
			before.TimeSqueeze = now.TimeSqueeze
		}
	}
	h.lines = len(k.CPUs)
}

// sinceOf32 returns how much a 32-bit counter has grown, 0 if it is unknown now.
func sinceOf32(before, now procfs.Number) uint32 {
	if !now.Known {
		return 0
	}
	return uint32(now.N) - uint32(before.N)
}

// haveMoved reports whether CPUs have other lines than at the previous scrape, so that differences of counters are
// meaningless. Before Linux 5.10 lines have no CPU number. Then the number of lines has changed, or a counter has fallen:
// between two scrapes none grows by half of 2^32.
func (h *softnetHistory) haveMoved(k *procfs.SoftnetStat) bool {
	if k.Numbered || h.lines == 0 {
		return false
	}
	if len(k.CPUs) != h.lines {
		return true
	}
	for _, now := range k.CPUs {
		if now.Number >= len(h.cpus) {
			return true
		}
		before := &h.cpus[now.Number]
		if int32(sinceOf32(before.Dropped, now.Dropped)) < 0 || int32(sinceOf32(before.TimeSqueeze, now.TimeSqueeze)) < 0 {
			return true
		}
	}
	return false
}

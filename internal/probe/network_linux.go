// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// networkSource reads /proc/net/dev, /proc/net/softnet_stat and two files of /proc/sys/net/netfilter.
type networkSource struct {
	*native
	dev            *kernelFile[procfs.NetDev, *procfs.NetDev]
	softnet        *kernelFile[procfs.SoftnetStat, *procfs.SoftnetStat]
	conntrackCount *kernelFile[procfs.NfConntrack, *procfs.NfConntrack]
	conntrackMax   *kernelFile[procfs.NfConntrack, *procfs.NfConntrack]
	// otherNet says that what /proc/sys/net tells its reader is not the host's.
	otherNet bool

	links   *linkSource
	names   *intern.Strings
	wanted  *nameFilter
	backlog softnetHistory
}

func newNetworkSource(n *native) *networkSource {
	namespace, dir := n.namespace("net"), "proc/net/"
	if namespace != ownNamespace {
		dir = n.netDir()
	}
	const netfilter = "proc/sys/net/netfilter/nf_conntrack_"
	return &networkSource{
		native:         n,
		dev:            newKernelFile[procfs.NetDev](n, dir+"dev", pseudofs.Records),
		softnet:        newKernelFile[procfs.SoftnetStat](n, dir+"softnet_stat", pseudofs.Records),
		conntrackCount: newKernelFile[procfs.NfConntrack](n, netfilter+"count", pseudofs.Single),
		conntrackMax:   newKernelFile[procfs.NfConntrack](n, netfilter+"max", pseudofs.Single),
		otherNet:       namespace == otherNamespace,
		links:          newLinkSource(n),
		names:          intern.New(procfs.MaxInterfaces, n.options.maxLength()),
		wanted:         newNameFilter(n.options.InterfaceFilter),
	}
}

func (n *networkSource) read(sc *scrape) (filled bool) {
	want, s := &n.options.Want, &sc.snapshot.Network
	if want.Interfaces || want.Links.any() {
		if dev := n.dev.read(sc); dev != nil {
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
		if softnet := n.softnet.read(sc); softnet != nil && len(softnet.CPUs) > 0 {
			n.backlog.add(softnet)
			s.SoftnetDropped, s.SoftnetSqueezed = snapshot.Known(n.backlog.dropped), snapshot.Known(n.backlog.squeezed)
			filled = true
		}
	}
	return filled
}

func (n *networkSource) fillInterfaces(sc *scrape, dev *procfs.NetDev) {
	want, s := &n.options.Want, &sc.snapshot.Network
	linksErr := error(nil)
	readLinks := want.Links.any()
	if readLinks {
		linksErr = n.links.begin()
		readLinks = linksErr == nil
	}
	for i := range dev.Interfaces {
		k := &dev.Interfaces[i]
		name := n.names.String(k.Name)
		if !n.wanted.keeps(name) {
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
		sc.fault("sys/class/net", linksErr)
	}
	n.names.Sweep()
}

func traffic(k *procfs.NetDirection) snapshot.InterfaceTraffic {
	return snapshot.InterfaceTraffic{
		Bytes: snapshot.Quantity(k.Bytes), Packets: snapshot.Quantity(k.Packets),
		Errors: snapshot.Quantity(k.Errs), Dropped: snapshot.Quantity(k.Drop),
	}
}

func (n *networkSource) conntrack(sc *scrape, f *kernelFile[procfs.NfConntrack, *procfs.NfConntrack]) snapshot.Quantity {
	if n.otherNet {
		sc.fault(f.file.name(), errOtherNamespace)
		return snapshot.Quantity{}
	}
	if entries := f.read(sc); entries != nil {
		return snapshot.Quantity(entries.Entries)
	}
	return snapshot.Quantity{}
}

// softnetHistory sums up counters of 32 bits, which begin again when they are full, of CPUs, which the kernel leaves out
// while they are offline.
type softnetHistory struct {
	cpus              []procfs.SoftnetCPU // By number, as they were known last.
	lines             int                 // How many the last reading had, 0 before the first.
	dropped, squeezed uint64
}

func (h *softnetHistory) add(k *procfs.SoftnetStat) {
	moved := h.haveMoved(k)
	for _, now := range k.CPUs {
		for now.Number >= len(h.cpus) {
			h.cpus = append(h.cpus, procfs.SoftnetCPU{})
		}
		before := &h.cpus[now.Number] // Zeros for one that was never seen: it counts since boot.
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

// sinceOf32 is how much a counter of 32 bits has grown, as far as is known.
func sinceOf32(before, now procfs.Number) uint32 {
	if !now.Known {
		return 0
	}
	return uint32(now.N) - uint32(before.N)
}

// haveMoved reports whether CPUs have other lines than before, which tell nothing of how much their counters have grown. It
// can be where lines do not say whose they are, and shows by their number, or by a counter that falls: in between two
// readings none counts half of 2^32.
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

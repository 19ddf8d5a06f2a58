// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package probe fills a snapshot of the host.
//
// It chooses where the numbers come from: the native sources, which re-read open kernel files and allocate nothing in
// the steady state, or gopsutil (package portable). It is also where the kernel's words meet those of package snapshot,
// and where two scrapes yield what one cannot: increases, and the counters of what has been removed.
package probe

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/superviz-io/hostprobe/internal/probe/disk"
	"github.com/superviz-io/hostprobe/internal/probe/network"
	"github.com/superviz-io/hostprobe/internal/probe/process"
	"github.com/superviz-io/hostprobe/internal/probe/quota"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/thermal"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Backend names where the numbers come from.
type Backend string

// The backends.
const (
	BackendAuto     Backend = "auto"     // Native where there is one, else portable.
	BackendNative   Backend = "native"   // The kernel's own interfaces, on Linux.
	BackendPortable Backend = "portable" // gopsutil.
)

// TopBy is by what processes are ranked of which only the first are listed.
type TopBy = process.TopBy

// ProcessGroups selects the attributes that processes are grouped by. A value belongs to one Probe.
type ProcessGroups = process.Groups

// The rankings.
const (
	TopByCPU    = process.TopByCPU
	TopByMemory = process.TopByMemory
	TopByIO     = process.TopByIO
)

// ReadWhenNamed reports whether the sensors of a chip are read only if the configuration names it.
func ReadWhenNamed(chip string) bool { return thermal.ReadWhenNamed(chip) }

// Options says what a probe reads, and where.
type Options struct {
	// Root is the host's root directory as seen from here, "/" if it is empty. Only Linux knows another.
	Root    string
	Backend Backend
	// MaxLength is the largest number of bytes of a name or description; longer ones are truncated at a rune. 0 is 1024.
	MaxLength int
	// CallTimeout is the longest wait for one answer of the kernel. 0 is a second.
	CallTimeout time.Duration
	// InterfaceFilter reports whether a network interface is selected, by its name; nil selects every one. It is called
	// once for each name.
	InterfaceFilter func(name string) bool
	// MaxOwners is how many socket owners are counted separately. 0 is 100.
	MaxOwners int
	// MaxConnections is the length of snapshot.Connections.TCPSockets. 0 is 1024.
	MaxConnections int
	// DiskFilter reports whether a disk is selected, by its name; nil selects every one. It is called once for each name.
	DiskFilter func(device string) bool

	// ProcessFilter reports whether a process is selected, by the name of its executable; nil selects every one.
	ProcessFilter func(name string) bool
	// ProcessDelay is how old a process must be to be selected.
	ProcessDelay time.Duration
	// MaskCommandLines takes secrets out of command lines.
	MaskCommandLines bool
	// Top, if it is not 0, is how many processes are emitted one by one, those that come first in the order of TopBy.
	Top   int
	TopBy TopBy
	// ProcessGroups selects the attributes that processes are grouped by; nil: they are not grouped.
	ProcessGroups *ProcessGroups

	// MountFilter reports whether a mount is selected, by what the snapshot says of it; nil selects every one. It is called
	// again only when the mounts of the host have changed.
	MountFilter func(device, fsType, mountPoint string) bool
	// ChipFilter reports whether the sensors of a chip are selected, by its name; nil selects every one but those that
	// ReadWhenNamed says. It is called again only when the chips of the host have changed.
	ChipFilter func(chip string) bool
	// VirtualFilesystems also selects filesystems that have no block device, and bind mounts.
	VirtualFilesystems bool

	// ownRoot is where our own cgroup is looked for, "/" if it is empty. Only tests have another.
	ownRoot string
}

func (o *Options) chipFilter() func(chip string) bool {
	if o.ChipFilter == nil {
		return func(chip string) bool { return !thermal.ReadWhenNamed(chip) }
	}
	return o.ChipFilter
}

func (o *Options) maxConnections() int        { return cmp.Or(o.MaxConnections, 1024) }
func (o *Options) maxOwners() int             { return cmp.Or(o.MaxOwners, 100) }
func (o *Options) callTimeout() time.Duration { return cmp.Or(o.CallTimeout, time.Second) }
func (o *Options) maxLength() int             { return cmp.Or(o.MaxLength, 1024) }

// Probe reads one host. It is not safe for concurrent use: one scraper owns it.
type Probe struct {
	backend backend
	sources [snapshot.NumDomains]source.Source
	// histories complete what a source has read by what the snapshots before tell; nil where there is nothing to complete.
	histories [snapshot.NumDomains]source.History
	boot      bootClock
	self      snapshot.Quantity
	scrape    source.Scrape
}

// backend is one way to read a host.
type backend interface {
	source(d snapshot.Domain) source.Source
	// bootTime is when the host booted, in nanoseconds since the Unix epoch.
	bootTime(sc *source.Scrape) (int64, error)
	identity() snapshot.Host
	// pid is our own process's number, as the host counts.
	pid() snapshot.Quantity
	close()
}

// Open prepares to read the host. It needs no privilege and reads nothing yet that may be missing.
func Open(o Options) (*Probe, error) {
	if o.Root == "/" {
		o.Root = "" // It is our own: nothing has to be read from outside.
	}
	b, err := openBackend(o)
	if err != nil {
		return nil, err
	}
	p := &Probe{backend: b, self: b.pid()}
	p.histories = [snapshot.NumDomains]source.History{
		snapshot.DomainCPU:     &cpuHistory{},
		snapshot.DomainDisk:    &disk.History{},
		snapshot.DomainNetwork: &network.History{},
		snapshot.DomainProcess: &process.History{Count: o.Top, By: o.TopBy, Groups: o.ProcessGroups, Self: p.self},
		snapshot.DomainQuota:   &quota.History{},
	}
	for d := range snapshot.NumDomains {
		p.sources[d] = b.source(d)
	}
	return p, nil
}

func openBackend(o Options) (backend, error) {
	switch o.Backend {
	case BackendPortable:
		return openPortable(o), nil
	case BackendNative:
		return openNative(o)
	case BackendAuto, "":
		if runtime.GOOS == "linux" {
			return openNative(o)
		}
		return openPortable(o), nil
	}
	return nil, fmt.Errorf("unknown backend %q", o.Backend)
}

// Close gives all descriptors back.
func (p *Probe) Close() { p.backend.close() }

// Host is who the host is.
func (p *Probe) Host() snapshot.Host { return p.backend.identity() }

// Begin makes s an empty snapshot of the time now, in nanoseconds since the Unix epoch, with the host's boot time. want
// selects what Read fills; it must not change before the last Read of this snapshot.
func (p *Probe) Begin(s *snapshot.Snapshot, now int64, want *snapshot.Want) {
	p.scrape.Begin(s, now, want)
	p.boot.update(now, p.scrape.Began, p.readBootTime)
	s.BootTime, p.scrape.Boot = p.boot.start, p.boot.current
	s.Self.PID = p.self
}

// readBootTime returns 0 if the boot time is unknown. What goes wrong is left to the domain that needs the same file.
func (p *Probe) readBootTime() (boot int64) {
	defer func() {
		if recover() != nil {
			boot = 0
		}
	}()
	boot, err := p.backend.bootTime(&p.scrape)
	if err != nil {
		return 0
	}
	return boot
}

// Read fills the domain d of the snapshot that was begun last, and returns what went wrong, once for each source.
// The returned slice and its errors are valid until the next Read. A source that panics costs its own domain only.
func (p *Probe) Read(ctx context.Context, d snapshot.Domain) []source.Fault {
	return p.scrape.Read(ctx, d, p.sources[d], p.histories[d])
}

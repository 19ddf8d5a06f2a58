// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package probe fills a snapshot of the host.
//
// It chooses where the numbers come from: the native sources, which re-read open kernel files and allocate nothing in
// the steady state, or gopsutil (package portable). It is also where the kernel's words meet those of package snapshot,
// and where what one reading cannot tell is made of two: increases, and the memory of what has gone.
package probe

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

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

// Options says what a probe reads, and where.
type Options struct {
	// Root is the host's root directory as seen from here, "/" if it is empty. Only Linux knows another.
	Root    string
	Backend Backend
	Want    Want
	// MaxLength is the largest number of bytes of a name or description; longer ones are cut at a rune. 0 is 1024.
	MaxLength int
	// CallTimeout is the longest wait for one answer of the kernel. 0 is a second.
	CallTimeout time.Duration
	// InterfaceFilter reports whether a network interface is asked for, by its name; nil asks for every one. It is asked
	// once for each name.
	InterfaceFilter func(name string) bool
	// MaxOwners is how many owners of sockets are told apart. 0 is 100.
	MaxOwners int
	// MaxConnections is the length of snapshot.Connections.TCPSockets. 0 is 1024.
	MaxConnections int
	// DiskFilter reports whether a disk is asked for, by its name; nil asks for every one. It is asked once for each name.
	DiskFilter func(device string) bool

	// ProcessFilter reports whether a process is asked for, by the name of its executable; nil asks for every one.
	ProcessFilter func(name string) bool
	// ProcessDelay is how old a process must be to be asked for.
	ProcessDelay time.Duration
	// MaskCommandLines takes secrets out of command lines.
	MaskCommandLines bool
	// Top, if it is not 0, is how many processes are told one by one, those that come first in the order of TopBy.
	Top   int
	TopBy TopBy

	// MountFilter reports whether a mount is asked for, by what the snapshot says of it; nil asks for every one. It is asked
	// again only when the mounts of the host have changed.
	MountFilter func(device, fsType, mountPoint string) bool
	// ChipFilter reports whether the sensors of a chip are asked for, by its name; nil asks for every one but those that
	// ReadWhenNamed says. It is asked again only when the chips of the host have changed.
	ChipFilter func(chip string) bool
	// VirtualFilesystems asks also for the file systems that have no block device, and for bind mounts.
	VirtualFilesystems bool

	// ownRoot is where our own control group is looked for, "/" if it is empty. Only tests have another.
	ownRoot string
}

func (o *Options) chipFilter() func(chip string) bool {
	if o.ChipFilter == nil {
		return func(chip string) bool { return !ReadWhenNamed(chip) }
	}
	return o.ChipFilter
}

// ReadWhenNamed reports whether the sensors of a chip are to be read only if somebody asks for it by its name. Those of
// drives are: to know a temperature, the kernel sends a command to the drive (drivers/nvme/host/hwmon.c,
// drivers/hwmon/drivetemp.c), which keeps it from sleep, wakes it, or stands in line behind its work.
func ReadWhenNamed(chip string) bool { return chip == "nvme" || chip == "drivetemp" }

func (o *Options) maxConnections() int        { return cmp.Or(o.MaxConnections, 1024) }
func (o *Options) maxOwners() int             { return cmp.Or(o.MaxOwners, 100) }
func (o *Options) callTimeout() time.Duration { return cmp.Or(o.CallTimeout, time.Second) }
func (o *Options) maxLength() int             { return cmp.Or(o.MaxLength, 1024) }

// Want says which parts of a domain are asked for. What is not asked for costs no system call.
type Want struct {
	CPUTimes     bool // snapshot.CPU.Online and .Offline.
	CPUPhysical  bool // snapshot.CPU.PhysicalCount.
	CPUFrequency bool // snapshot.CPU.Frequencies.
	LoadCPUs     bool // snapshot.Load.CPUs.

	PagingCounts bool // snapshot.Paging without its Areas.
	PagingAreas  bool // snapshot.Paging.Areas.

	NFSClient bool // snapshot.NFS.Client.
	NFSServer bool // snapshot.NFS.Server.

	// Pressure is the resources whose pressure is asked for.
	Pressure [snapshot.NumPressureResources]bool

	SystemUptime          bool // snapshot.System.Uptime.
	SystemCounts          bool // snapshot.System.ContextSwitches and .Interrupts.
	SystemOOMKills        bool // snapshot.System.OOMKills.
	SystemFileDescriptors bool // snapshot.System.FileDescriptors and .FileDescriptorLimit.
	SystemProcessLimit    bool // snapshot.System.ProcessLimit.

	Interfaces bool // snapshot.Network.Interfaces.
	// Links is what is asked for of each interface beside what it has received and sent.
	Links     LinkWant
	Conntrack bool // snapshot.Network.Conntrack and .ConntrackLimit.
	Softnet   bool // snapshot.Network.SoftnetDropped and .SoftnetSqueezed.

	TCPStates  bool // snapshot.Connections.TCP.
	UDPStates  bool // snapshot.Connections.UDP.
	UnixStates bool // snapshot.Connections.Unix.
	Listeners  bool // snapshot.Connections.Listeners and .OtherUDP.
	// Lists of snapshot.Connections, with owners.
	TCPSockets, UDPSockets, UnixSockets bool
	ListenerOwners                      bool // snapshot.Listener.Owner by process, whatever Owners says.
	// Protocols is which counters of snapshot.Connections.Protocols are asked for.
	Protocols ProtocolWant
	// Owners is by what the sockets' owners are asked for: snapshot.Connections.Owned, and snapshot.Listener.Owner.
	Owners OwnerWant

	ProcessCounts    bool // snapshot.Processes.ByStatus.
	ProcessesCreated bool // snapshot.Processes.Created.

	// Of each process in snapshot.ProcessList, beyond what is read to list it:
	ProcessMemory          bool // Resident and Virtual.
	ProcessMemoryShare     bool // snapshot.ProcessList.Memory.
	ProcessIO              bool // The counters of bytes and calls.
	ProcessSwitches        bool // The counters of context switches.
	ProcessSignals         bool // SignalsPending.
	ProcessFileDescriptors bool // FileDescriptors.
	ProcessUtilization     bool // Since, and snapshot.ProcessList.CPUs.
	ProcessCommand         bool // Command and CommandLine.
	ProcessPath            bool // Path.
	ProcessOwner           bool // Owner.
	ProcessCgroup          bool // Cgroup.
	ProcessTop             bool // snapshot.ProcessList.Top.

	SelfSwitches bool // The context switches of snapshot.Self; they come with the domain system.

	MountList   bool // snapshot.Filesystem.Mounts, and of each what the list of mounts says.
	MountUsage  bool // snapshot.Mount.Usage.
	MountInodes bool // snapshot.Mount.Inodes.

	Temperatures      bool // snapshot.Sensor.Temperature.
	TemperatureLimits bool // snapshot.Sensor.Max and .Critical.
	AvailableRuntimes bool // snapshot.Runtime.Available: each socket that is there is connected to.
	// Quota is which fields of snapshot.Quota are asked for.
	Quota QuotaWant
}

// QuotaWant says which fields of snapshot.Quota are asked for. Each costs a system call or more.
type QuotaWant struct {
	CPULimit    bool // CPUQuota and CPUPeriod.
	CPUTime     bool // CPUUser and CPUSystem.
	Throttling  bool // ThrottledTime and ThrottledPeriods.
	MemoryUsage bool
	MemoryLimit bool
	OOMKills    bool
	Tasks       bool
	TaskLimit   bool
	IOLimits    bool

	FileDescriptorLimit bool
}

// ProtocolWant says which counters of the protocols are asked for, by what each of them costs.
type ProtocolWant struct {
	Sockets, SocketMemory bool
	TCP, TCPExtended      bool // TCPExtended: Timeouts, ListenOverflows and ListenDrops.
	UDPErrors             bool
}

// LinkWant says which fields of snapshot.Interface are asked for. Each costs a system call for each interface.
type LinkWant struct{ Up, Speed, MTU, CarrierChanges, MAC, Flags bool }

// any reports whether any is asked for.
func (w LinkWant) any() bool { return w != LinkWant{} }

// OwnerWant says by what the owners of sockets are asked for.
type OwnerWant struct {
	Unit, Container bool // snapshot.Owner.Unit and .Container, by control group.
	Process         bool // snapshot.Owner.Name and .PID.
}

// any reports whether owners are asked for at all.
func (w OwnerWant) any() bool { return w.Unit || w.Container || w.Process }

// lists reports whether sockets are asked for one by one, with their owners.
func (w *Want) lists() bool { return w.TCPSockets || w.UDPSockets || w.UnixSockets || w.ListenerOwners }

// Probe reads one host. It is not safe for concurrent use: one scraper owns it.
type Probe struct {
	backend backend
	sources [snapshot.NumDomains]source
	cpus    cpuHistory
	disks   diskHistory
	links   interfaceHistory
	tasks   processHistory
	quota   quotaHistory
	boot    int64
	self    snapshot.Quantity
	scrape  scrape
}

// backend is one way to read a host.
type backend interface {
	source(d snapshot.Domain) source
	// bootTime is when the host booted, in nanoseconds since the Unix epoch.
	bootTime(sc *scrape) (int64, error)
	host() snapshot.Host
	// pid is our own process's number, as the host counts.
	pid() snapshot.Quantity
	// ask says what is wanted from now on, of that which the backend was opened for.
	ask(want Want)
	close()
}

// source reads one domain. It reports whether it has filled the domain, whatever else it had to report to sc.
type source interface {
	read(sc *scrape) (filled bool)
}

// Open prepares to read the host. It asks for no privilege and reads nothing yet that may be missing.
func Open(o Options) (*Probe, error) {
	if o.Root == "/" {
		o.Root = "" // It is our own: nothing has to be looked at from outside.
	}
	b, err := openBackend(o)
	if err != nil {
		return nil, err
	}
	p := &Probe{backend: b, self: b.pid(), tasks: processHistory{
		count: o.Top, by: o.TopBy, wanted: o.Want.ProcessUtilization || o.Want.ProcessTop,
	}}
	p.Ask(o.Want)
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
func (p *Probe) Host() snapshot.Host { return p.backend.host() }

// Ask says what the snapshots from now on are to have, of what Options.Want has said there may be asked for.
func (p *Probe) Ask(want Want) {
	p.backend.ask(want)
	p.tasks.self, p.tasks.top = p.self, want.ProcessTop
}

// Begin makes s an empty snapshot of the time now, in nanoseconds since the Unix epoch, with the host's boot time.
func (p *Probe) Begin(s *snapshot.Snapshot, now int64) {
	s.Reset(now)
	p.scrape.tick++
	p.scrape.snapshot = s
	p.scrape.began, p.scrape.awaited, p.scrape.ctx = time.Now(), 0, context.Background()
	if p.boot == 0 || now < p.boot { // The kernel's moves with a clock that is set.
		p.readBootTime(now)
	}
	s.BootTime = min(p.boot, now)
	s.Self.PID = p.self
}

// readBootTime keeps the boot time once it is known. What goes wrong is left to the domain that needs the same file.
func (p *Probe) readBootTime(now int64) {
	defer func() { _ = recover() }()
	if boot, err := p.backend.bootTime(&p.scrape); err == nil {
		p.boot = min(boot, now) // The clock may have been ahead when the kernel took it.
	}
}

// Read fills the domain d of the snapshot that was begun last, and returns what went wrong, once for each source.
// The returned slice and its errors are valid until the next Read. A source that panics costs its own domain only.
func (p *Probe) Read(ctx context.Context, d snapshot.Domain) []Fault {
	sc := &p.scrape
	sc.ctx, sc.domain, sc.faults = ctx, d, sc.faults[:0]
	if err := ctx.Err(); err != nil {
		sc.fault(d.String(), err)
		return sc.faults
	}
	if p.guarded(d) {
		sc.snapshot.Filled.Add(d)
	}
	return sc.faults
}

func (p *Probe) guarded(d snapshot.Domain) (filled bool) {
	defer func() {
		if v := recover(); v != nil {
			p.scrape.fault(d.String(), &PanicError{Value: v, Stack: debug.Stack()})
			filled = false
		}
	}()
	filled = p.sources[d].read(&p.scrape)
	if !filled {
		return false
	}
	s := p.scrape.snapshot
	switch d {
	case snapshot.DomainCPU:
		if err := p.cpus.update(&s.CPU, p.scrape.began); err != nil {
			p.scrape.fault("CPU times", err)
		}
	case snapshot.DomainDisk:
		p.disks.update(&s.Disks, s.Time)
	case snapshot.DomainNetwork:
		p.links.update(&s.Network, s.Time)
	case snapshot.DomainProcess:
		p.tasks.update(&s.ProcessList, p.scrape.began)
	case snapshot.DomainQuota:
		p.quota.update(&s.Quota, s.Time, p.scrape.began)
	}
	return true
}

// scrape is what the sources share while one snapshot is filled.
type scrape struct {
	ctx      context.Context // Of the domain that is read.
	snapshot *snapshot.Snapshot
	began    time.Time     // With the monotonic clock.
	tick     uint64        // Number of the snapshot: a file that several domains need is read once for each.
	awaited  time.Duration // What it took to wait for files that are served.
	domain   snapshot.Domain
	faults   []Fault
}

// fault reports what went wrong and returns its class.
func (sc *scrape) fault(source string, err error) Reason {
	reason := reasonOf(err)
	sc.faults = append(sc.faults, Fault{Domain: sc.domain, Source: source, Reason: reason, Err: err})
	return reason
}

// PanicError is a panic in a source.
type PanicError struct {
	Value any
	Stack []byte
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"cmp"
	"context"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// everything selects all that a probe can read on any host. Few have NFS, and not all have sensors: those have tests of
// their own.
var everything = snapshot.Want{
	CPU:         snapshot.CPUWant{Times: true, PhysicalCount: true, Frequencies: true},
	Load:        snapshot.LoadWant{CPUs: true},
	Paging:      snapshot.PagingWant{Counts: true, Areas: true},
	Pressure:    [snapshot.NumPressureResources]bool{true, true, true, true},
	System:      snapshot.SystemWant{Uptime: true, Counts: true, OOMKills: true, FileDescriptors: true, ProcessLimit: true},
	Network:     snapshot.NetworkWant{Interfaces: true},
	Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true, Listeners: true},
	Processes:   snapshot.ProcessesWant{ByStatus: true, Created: true},
	Process:     snapshot.ProcessWant{Memory: true, MemoryShare: true, IO: true, Switches: true, Signals: true, FileDescriptors: true, FileDescriptorLimit: true, Utilization: true, Command: true, Path: true, Owner: true, Cgroup: true},
	Quota: snapshot.QuotaWant{
		CPULimit: true, CPUTime: true, Throttling: true, MemoryUsage: true, MemoryLimit: true, OOMKills: true,
		Tasks: true, TaskLimit: true, IOLimits: true, FileDescriptorLimit: true,
	},
}

// oneFileEach asks each domain for one file, and quota, which reads none of the host, for its one number without.
var oneFileEach = snapshot.Want{
	CPU:         snapshot.CPUWant{Times: true},
	Paging:      snapshot.PagingWant{Counts: true},
	System:      snapshot.SystemWant{Uptime: true},
	NFS:         snapshot.NFSWant{Client: true},
	Pressure:    [snapshot.NumPressureResources]bool{snapshot.PressureIO: true},
	Network:     snapshot.NetworkWant{Interfaces: true},
	Connections: snapshot.ConnectionsWant{TCPStates: true},
	Filesystem:  snapshot.FilesystemWant{List: true},
	Processes:   snapshot.ProcessesWant{ByStatus: true},
	Thermal:     snapshot.ThermalWant{Temperatures: true},
	Quota:       snapshot.QuotaWant{FileDescriptorLimit: true},
}

// irqMissing is what a kernel without CONFIG_IRQ_TIME_ACCOUNTING, such as the captured one, says.
var irqMissing = source.Fault{Domain: snapshot.DomainPressure, Source: "proc/pressure/irq", Reason: source.Unavailable, Err: syscall.ENOENT}

// reader is a probe whose every snapshot is to have the same.
type reader struct {
	*Probe
	want snapshot.Want
}

func (r *reader) Begin(s *snapshot.Snapshot, now int64) { r.Probe.Begin(s, now, &r.want) }

func open(t testing.TB, o Options, want snapshot.Want) *reader {
	t.Helper()
	p, err := Open(o)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return &reader{p, want}
}

// sourceOf returns the source of this type.
func sourceOf[T source.Source](p *reader) (of T) {
	for _, s := range p.sources {
		if found, ok := s.(T); ok {
			return found
		}
	}
	panic("the probe has no such source")
}

func hostOf(p *reader) *source.Host { return sourceOf[memorySource](p).host }

// readDomain takes a snapshot of one domain.
func readDomain(p *reader, s *snapshot.Snapshot, now int64, d snapshot.Domain) []source.Fault {
	p.Begin(s, now)
	return p.Read(context.Background(), d)
}

// take fills s with every domain and returns all faults.
func take(p *reader, s *snapshot.Snapshot) (faults []source.Fault) {
	p.Begin(s, time.Now().UnixNano())
	for d := range snapshot.NumDomains {
		faults = append(faults, p.Read(context.Background(), d)...)
	}
	return faults
}

func TestCapturedHost(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	p := open(t, Options{Root: root}, everything)
	var s snapshot.Snapshot
	before := time.Now().UnixNano()
	require.Equal(t, []source.Fault{irqMissing}, take(p, &s))

	assert.GreaterOrEqual(t, s.Time, before)
	assert.Equal(t, int64(1795550491_000000000), s.BootTime)
	require.Len(t, s.CPU.Online, 2)
	assert.Empty(t, s.CPU.Offline)
	assert.Equal(t, snapshot.Known(2), s.CPU.PhysicalCount)
	assert.Equal(t, []snapshot.CPUFrequency{{Number: 0, Hertz: 2600000000}, {Number: 1, Hertz: 2600000000}}, s.CPU.Frequencies)
	assert.Equal(t, snapshot.Known(24683656<<10), s.Memory.Total)
	assert.Equal(t, snapshot.Known(0), s.Memory.HugePages.Total)
	assert.Equal(t, snapshot.Known(2), s.Load.CPUs)
	assert.Equal(t, snapshot.CPUTimes{}, s.CPU.Online[0].Since, "nothing is known of a time before the first snapshot")

	require.Len(t, s.Disks.Devices, 2)
	require.Len(t, s.Network.Interfaces, 2)
	first, written, sent := s, s.Disks.Devices[1].Written.Bytes.N, s.Network.Interfaces[1].Sent.Packets.N
	hosttest.Replace(t, root, "captured-vm", "t1")
	require.Equal(t, []source.Fault{irqMissing}, take(p, &s))
	for _, cpu := range s.CPU.Online {
		assert.True(t, isKnown(&cpu.Since))
		assert.Positive(t, cpu.Since[snapshot.CPUUser].N, "there was work between the two moments")
	}
	assert.Greater(t, s.System.Uptime.N, first.System.Uptime.N)
	assert.Greater(t, s.System.ContextSwitches.N, first.System.ContextSwitches.N)
	assert.Greater(t, s.System.Interrupts.N, first.System.Interrupts.N)
	assert.Greater(t, s.Paging.FaultsMinor.N, first.Paging.FaultsMinor.N)
	assert.Greater(t, s.Pressure[snapshot.PressureCPU].Some.Total.N, first.Pressure[snapshot.PressureCPU].Some.Total.N)
	assert.False(t, s.Pressure[snapshot.PressureCPU].Full.Total.Known, "the kernel's line of zeros means nothing")
	assert.True(t, s.Pressure[snapshot.PressureIO].Full.Total.Known)
	assert.Equal(t, snapshot.Known(4194304), s.System.ProcessLimit)
	assert.Equal(t, snapshot.Known(2466165), s.System.FileDescriptorLimit)
	assert.Equal(t, snapshot.Known(4), s.System.OOMKills)
	assert.Empty(t, s.Paging.Areas)
	assert.True(t, s.Connections.Fallback)
	assert.Equal(t, uint64(2), s.Connections.TCP[snapshot.IPv4].ByState[snapshot.SocketTimeWait], "two were closed in between")
	assert.Greater(t, s.Disks.Devices[1].Written.Bytes.N, written)
	assert.Equal(t, "veth5d0c1a7", s.Network.Interfaces[1].Name)
	assert.Greater(t, s.Network.Interfaces[1].Sent.Packets.N, sent)
	assert.Len(t, s.ProcessList.List, 5, "one ended in between")
	assert.Equal(t, first.Connections.TCP[snapshot.IPv4].ByState[snapshot.SocketEstablished]-4, s.Connections.TCP[snapshot.IPv4].ByState[snapshot.SocketEstablished])
}

func TestHost(t *testing.T) {
	root := hosttest.Unpack(t, "captured-vm", "t0")
	for _, backend := range []Backend{BackendNative, BackendPortable} {
		host := open(t, Options{Root: root, Backend: backend}, snapshot.Want{}).Host()
		host.Arch = ""
		assert.Equal(t, snapshot.Host{
			Name: "captured", ID: "0123456789abcdef0123456789abcdef",
			OSType: "linux", OSDescription: "Captured Linux 1 (first)", OSVersion: "1",
		}, host)
	}

	hosttest.Remove(t, root, "etc/machine-id")
	hosttest.Write(t, root, "var/lib/dbus/machine-id", "fedcba9876543210fedcba9876543210\n")
	hosttest.Write(t, root, "etc/hostname", "# who\n\n  evil\x1b[31m\xff\n")
	hosttest.Remove(t, root, "etc/os-release")
	hosttest.Write(t, root, "usr/lib/os-release", "NAME='Some OS'\n")
	host := open(t, Options{Root: root}, snapshot.Want{}).Host()
	assert.Equal(t, "fedcba9876543210fedcba9876543210", host.ID)
	assert.Equal(t, `evil\x1b[31m\xff`, host.Name)
	assert.Equal(t, "Some OS", host.OSDescription)
	assert.Empty(t, host.OSVersion)

	hosttest.Write(t, root, "var/lib/dbus/machine-id", "uninitialized\n")
	assert.Empty(t, open(t, Options{Root: root}, snapshot.Want{}).Host().ID)

	name, err := os.Hostname()
	require.NoError(t, err)
	assert.Equal(t, name, open(t, Options{}, snapshot.Want{}).Host().Name)
}

// TestNoAllocs is the promise of the probe layer, for each domain and for all of them.
func TestNoAllocs(t *testing.T) {
	want := everything
	want.Connections.UnixStates, want.Filesystem.Usage, want.Filesystem.Inodes = true, true, true
	// Other processes of this host are only counted: those that start meanwhile are no steady state.
	p := open(t, Options{ProcessFilter: func(name string) bool { return name == "probe.test" }}, want)
	var s snapshot.Snapshot
	ctx := context.Background()
	for d := range snapshot.NumDomains {
		t.Run(d.String(), func(t *testing.T) {
			hosttest.NoAllocs(t, func() {
				p.Begin(&s, time.Now().UnixNano())
				p.Read(ctx, d)
			})
			assert.Equal(t, d != snapshot.DomainNFS && d != snapshot.DomainThermal, s.Filled.Has(d))
		})
	}
	t.Run("all", func(t *testing.T) {
		hosttest.NoAllocs(t, func() {
			p.Begin(&s, time.Now().UnixNano())
			for d := range snapshot.NumDomains {
				p.Read(ctx, d)
			}
		})
	})
}

// TestLive holds this host's numbers to what must be true of them.
func TestLive(t *testing.T) {
	want := everything
	want.Filesystem.List = true
	p := open(t, Options{}, want)
	var s snapshot.Snapshot
	for _, f := range take(p, &s) { // A kernel may lack parts of pressure, and a sandbox files of processes, and nothing else.
		assert.Contains(t, []snapshot.Domain{snapshot.DomainPressure, snapshot.DomainProcess}, f.Domain, "%v", f)
		assert.Equal(t, source.Unavailable, f.Reason, "%v", f)
	}
	s.Filled.Add(snapshot.DomainPressure)
	s.Filled.Add(snapshot.DomainNFS)
	s.Filled.Add(snapshot.DomainThermal)
	assert.Equal(t, snapshot.Domains(1<<snapshot.NumDomains-1), s.Filled)
	assert.InDelta(t, s.Time-s.BootTime, s.System.Uptime.N, 2e9)
	assert.Positive(t, s.System.FileDescriptors.N)
	assert.Positive(t, s.Paging.FaultsMinor.N)
	assert.Less(t, s.BootTime, s.Time)
	for _, cpu := range s.CPU.Online {
		assert.LessOrEqual(t, cpu.Times.Total(), uint64(s.Time-s.BootTime)+10_000_000_000, "a CPU cannot work longer than since boot")
	}
	assert.LessOrEqual(t, s.CPU.PhysicalCount.N, uint64(len(s.CPU.Online)))
	m := &s.Memory
	assert.Equal(t, m.Total.N, m.Used.N+m.Available.N)
	assert.LessOrEqual(t, m.Free.N+m.Buffered.N, m.Total.N)
	assert.LessOrEqual(t, m.SlabReclaimable.N, m.Cached.N)
}

// untold clears what gopsutil does not report of a root, and is so no difference of the twins.
func untold(s *snapshot.Snapshot) {
	s.Time = 0
	s.BootTime = 0                                                        // In a container it takes the uptime from the time, and it remembers where it was first.
	s.System = snapshot.System{ContextSwitches: s.System.ContextSwitches} // It tells the uptime of this kernel, and no more.
	s.Pressure = snapshot.Pressure{}
	s.Quota = snapshot.Quota{}
	s.Filled &^= 1<<snapshot.DomainPressure | 1<<snapshot.DomainQuota
	s.Processes, s.ProcessList = snapshot.Processes{}, snapshot.ProcessList{} // It sees those whose numbers are in use here.
	s.Connections.Fallback = false
	s.Connections.Listed.Listeners = false // A missing file is to it one without listeners.
	s.Connections.OtherUDP = snapshot.UDPQueues{}
	for i := range s.Connections.Listeners {
		s.Connections.Listeners[i].Queue = snapshot.Quantity{}
	}
	slices.SortFunc(s.Disks.Devices, func(a, b snapshot.Disk) int { return cmp.Compare(a.Device, b.Device) })
	for i := range s.Disks.Devices {
		s.Disks.Devices[i].Major, s.Disks.Devices[i].Minor = 0, 0
	}
}

// TestTwins reads the same roots with both backends: they must agree in everything that both tell.
func TestTwins(t *testing.T) {
	for name, root := range map[string]string{
		"captured-vm t0": hosttest.Unpack(t, "captured-vm", "t0"),
		"captured-vm t1": hosttest.Unpack(t, "captured-vm", "t1"),
		"many CPUs":      manyCPUs(t),
	} {
		t.Run(name, func(t *testing.T) {
			var s [2]snapshot.Snapshot
			for i, backend := range []Backend{BackendNative, BackendPortable} {
				p := open(t, Options{Root: root, Backend: backend}, everything)
				take(p, &s[i])
				untold(&s[i])
			}
			assert.Equal(t, s[0], s[1])
		})
	}
}

// TestTwinsLive allows for the time between two readings of this host.
func TestTwinsLive(t *testing.T) {
	var s [2]snapshot.Snapshot
	for i, backend := range []Backend{BackendNative, BackendPortable} {
		take(open(t, Options{Backend: backend}, everything), &s[i])
	}
	native, portable := &s[0], &s[1]
	assert.InDelta(t, native.BootTime, portable.BootTime, 2e9)
	require.Len(t, portable.CPU.Online, len(native.CPU.Online))
	for i := range native.CPU.Online {
		assert.InDelta(t, native.CPU.Online[i].Times.Total(), portable.CPU.Online[i].Times.Total(), 5e9)
	}
	assert.Equal(t, native.CPU.PhysicalCount, portable.CPU.PhysicalCount)
	assert.Equal(t, native.Memory.Total, portable.Memory.Total)
	assert.Equal(t, native.Memory.HugePages, portable.Memory.HugePages)
	assert.InDelta(t, native.Memory.Used.N, portable.Memory.Used.N, float64(native.Memory.Total.N)/4)
	assert.InDelta(t, native.Load.One.N, portable.Load.One.N, 1e6)
	assert.InDelta(t, native.System.Uptime.N, portable.System.Uptime.N, 2e9)
	assert.Equal(t, native.Paging.Areas, portable.Paging.Areas)
	assert.InEpsilon(t, native.Paging.FaultsMinor.N, portable.Paging.FaultsMinor.N, 0.2)
	require.Len(t, portable.Disks.Devices, len(native.Disks.Devices))
}

func TestOpenFails(t *testing.T) {
	_, err := Open(Options{Root: "/nowhere"})
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = Open(Options{Backend: "magic"})
	assert.Error(t, err)
}

func BenchmarkScrape(b *testing.B) {
	p := open(b, Options{}, oneFileEach)
	var s snapshot.Snapshot
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		p.Begin(&s, 1)
		for d := range snapshot.NumDomains {
			p.Read(ctx, d)
		}
	}
}

// TestPressureIsTold: of each resource there is either a number or one fault that says why there is none.
func TestPressureIsTold(t *testing.T) {
	p := open(t, Options{}, everything)
	var s snapshot.Snapshot
	p.Begin(&s, time.Now().UnixNano())
	told := map[string]bool{}
	for _, f := range p.Read(context.Background(), snapshot.DomainPressure) {
		t.Log(f.Source, f.Reason, f.Err)
		assert.Equal(t, source.Unavailable, f.Reason)
		told[f.Source] = true
	}
	for r := range snapshot.NumPressureResources {
		known := s.Pressure[r].Some.Total.Known || s.Pressure[r].Full.Total.Known
		assert.Equal(t, !told["proc/pressure/"+r.String()], known, "%s", r)
	}
}

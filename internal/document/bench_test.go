// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// bigHost is a host with 256 TCP, 64 UDP and 64 unix sockets, 64 listeners and 100 processes.
func bigHost() *snapshot.Snapshot {
	s := &snapshot.Snapshot{Time: 1_767_229_200_123_456_789, Filled: everyDomain}
	for n := range 16 {
		times := snapshot.CPUTimes{snapshot.CPUUser: snapshot.Known(10 * uint64(n)), snapshot.CPUIdle: snapshot.Known(1000), snapshot.CPUIOWait: snapshot.Known(0)}
		s.CPU.Online = append(s.CPU.Online, snapshot.LogicalCPU{Number: n, Since: times})
		s.CPU.Frequencies = append(s.CPU.Frequencies, snapshot.CPUFrequency{Number: n, Hertz: 2_399_998_000})
	}
	k := snapshot.Known
	s.Memory = snapshot.Memory{
		Total: k(64 << 30), Available: k(40 << 30), Used: k(24 << 30), Cached: k(9 << 30), Buffered: k(1 << 30), SwapTotal: k(8 << 30), SwapUsed: k(0),
	}
	s.Load = snapshot.Load{One: k(1_250_000), Five: k(2_330_000), Fifteen: k(990_000)}
	for r := range s.Pressure {
		s.Pressure[r].Some = snapshot.Stall{Total: k(123_456_789_000), Avg10: k(12), Avg60: k(1234), Avg300: k(7)}
		s.Pressure[r].Full = s.Pressure[r].Some
	}
	for n := range 8 {
		i := strconv.Itoa(n)
		s.Disks.Devices = append(s.Disks.Devices, snapshot.Disk{
			Device: "nvme0n" + i, Pending: k(3), DiskCounters: snapshot.DiskCounters{
				Read:    snapshot.DiskTraffic{Operations: k(123456), Bytes: k(1 << 40), Time: k(5e12)},
				Written: snapshot.DiskTraffic{Operations: k(98765), Bytes: k(1 << 39), Time: k(6e12)}, IOTime: k(7e12), WeightedIOTime: k(8e12),
			},
		})
		s.Filesystem.Mounts = append(s.Filesystem.Mounts, snapshot.Mount{
			Device: "/dev/nvme0n" + i, MountPoint: "/srv/data/" + i, Type: "ext4", Mode: "rw", Options: "rw,relatime,errors=remount-ro",
			Usage: snapshot.MountUsage{Known: true, Used: 6 << 39, Free: 1 << 39, Reserved: 1 << 36}, Inodes: snapshot.MountInodes{Known: true, Used: 1e6, Free: 9e6},
		})
		s.Network.Interfaces = append(s.Network.Interfaces, snapshot.Interface{
			Name: "eth" + i, Counted: true, Received: snapshot.InterfaceTraffic{Bytes: k(1 << 42), Packets: k(1 << 33), Errors: k(0), Dropped: k(0)}, Sent: snapshot.InterfaceTraffic{Bytes: k(1 << 41), Packets: k(1 << 32), Errors: k(0), Dropped: k(0)},
			Up: k(1), MTU: k(1500), MAC: "52:54:00:12:34:5" + i, Flags: 0x53, FlagsKnown: true,
		})
	}
	s.System.ContextSwitches = k(1 << 36)
	s.Self = snapshot.Self{PID: k(4321), VoluntarySwitches: k(99887), InvoluntarySwitches: k(776)}
	s.Processes.CountKnown = true
	s.Processes.ByStatus[snapshot.StatusSleeping] = 400
	s.ProcessList.Elapsed, s.ProcessList.CPUs, s.ProcessList.Memory = k(60e9), k(16), k(64<<30)
	for n := range 100 {
		p := snapshot.Process{PID: uint32(1000 + n), Name: "postgres", Status: snapshot.StatusSleeping, StatusKnown: true, Resident: k(123 << 20), Virtual: k(1 << 31), Threads: k(9), FileDescriptors: k(77)}
		for c := range p.Since {
			p.Since[c] = k(uint64(n) * 1e8)
		}
		s.ProcessList.Top = append(s.ProcessList.Top, p)
	}
	for n := range 6 {
		s.Thermal.Sensors = append(s.Thermal.Sensors, snapshot.Sensor{Chip: "coretemp", Label: "Core " + strconv.Itoa(n), Temperature: snapshot.Temperature{Milli: 45_500, Known: true}, Max: snapshot.Temperature{Milli: 80_000, Known: true}, Critical: snapshot.Temperature{Milli: 100_000, Known: true}})
	}
	s.Quota = snapshot.Quota{CPUQuota: k(2e8), CPUPeriod: k(1e8), MemoryUsage: k(1 << 28), MemoryLimit: k(1 << 30), Tasks: k(12), TaskLimit: k(100), FileDescriptorLimit: k(1024), CPUSince: k(6e8), Elapsed: k(60e9)}
	s.Runtime = snapshot.Runtime{ContainerRuntime: "containerd", Orchestrator: "kubernetes", ContainerID: "0123456789abcdef", WorkloadID: "a-b-c", WorkloadName: "collector-x7f", Namespace: "monitoring"}
	s.Runtime.Available = []snapshot.AvailableRuntime{{Name: "containerd", SocketPath: "/run/containerd/containerd.sock", Known: true, Running: true}, {Name: "podman", SocketPath: "/run/podman/podman.sock"}}
	addSockets(&s.Connections)
	return s
}

func addSockets(c *snapshot.Connections) {
	c.Listed = snapshot.SocketLists{TCP: true, UDP: true, Unix: true, Listeners: true}
	c.TCP[0] = snapshot.SocketCounts{Known: true, ByState: [snapshot.NumSocketStates]uint64{1: 200, 6: 30, 10: 64}}
	c.TCP[1] = c.TCP[0]
	owner := snapshot.Owner{Name: "postgres", PID: 1234}
	for n := range 256 {
		local, remote := snapshot.Address{IP: [16]byte{10, 0, 0, 1}, Port: 5432}, snapshot.Address{IP: [16]byte{10, 1, 2, byte(n)}, Port: uint16(40000 + n)}
		ipv6 := n%4 == 0
		if ipv6 {
			local.IP, remote.IP = [16]byte{0x20, 1, 0xd, 0xb8, 15: 1}, [16]byte{0x20, 1, 0xd, 0xb8, 7: 9, 15: byte(n)}
		}
		c.TCPSockets = append(c.TCPSockets, snapshot.TCPSocket{IPv6: ipv6, State: snapshot.SocketEstablished, Local: local, Remote: remote, Owner: owner})
		if n < 64 {
			c.UDPSockets = append(c.UDPSockets, snapshot.UDPSocket{IPv6: ipv6, Connected: n%2 == 0, Local: local, Remote: remote, Owner: owner})
			c.UnixSockets = append(c.UnixSockets, snapshot.UnixSocket{Type: 1, State: snapshot.SocketEstablished, Path: fmt.Sprintf("/run/user/1000/bus-%d", n), Owner: owner})
			c.Listeners = append(c.Listeners, snapshot.Listener{UDP: n%2 == 0, IPv6: ipv6, Local: local, Owner: owner})
		}
	}
}

// TestAllocations: a document costs its own string and nothing else, once there is a buffer for it.
func TestAllocations(t *testing.T) {
	s := bigHost()
	for form := range NoAddresses + 1 {
		o := everything
		o.Addresses = form
		buf := Append(nil, s, &o)
		hosttest.NoAllocs(t, func() { buf = Append(buf[:0], s, &o) })
		var document string
		assert.InDelta(t, 1, testing.AllocsPerRun(100, func() {
			buf = Append(buf[:0], s, &o)
			document = string(buf)
		}), 0)
		assert.Len(t, document, len(buf))
	}
}

// BenchmarkEncode sets the encoder beside encoding/json of the equivalent struct, made beforehand and of the snapshot.
func BenchmarkEncode(b *testing.B) {
	s, o := bigHost(), everything
	buf := Append(nil, s, &o)
	twin := twinOf(s, &o)
	marshal := func(v any) {
		var err error
		if text, err = json.Marshal(v); err != nil {
			b.Fatal(err)
		}
	}
	for _, way := range []struct {
		name string
		make func()
	}{
		{"document/into a buffer", func() { buf = Append(buf[:0], s, &o) }},
		{"document/as a string", func() { buf = Append(buf[:0], s, &o); document = string(buf) }},
		{"encoding json/of the struct", func() { marshal(&twin) }},
		{"encoding json/as a string", func() { marshal(&twin); document = string(text) }},
		{"encoding json/of the snapshot", func() { twin := twinOf(s, &o); marshal(&twin); document = string(text) }},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(buf)))
			for b.Loop() {
				way.make()
			}
		})
	}
}

// What benchmarks make, so that it is made.
var (
	text     []byte
	document string
)

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// aHost is a snapshot in which every number is another.
var aHost = snapshot.Snapshot{
	Time:     1767229200_000000001,
	BootTime: 1767225600_000000000,
	CPU: snapshot.CPU{
		Online: []snapshot.LogicalCPU{
			{
				Number: 0, Times: times(1e9, 2e9, 3e9, 4e9, 5e9, 6e9, 7e9, 8e9), Counted: times(1e9, 2e9, 3e9, 4e9, 5e9, 6e9, 7e9, 8e9),
				Since: times(10, 20, 30, 40, 50, 60, 70, 120),
			},
			{
				Number: 2, Times: times(10e9, 20e9, 30e9, 40e9, 50e9, 60e9, 70e9, 80e9), Counted: times(10e9, 20e9, 30e9, 40e9, 50e9, 60e9, 70e9, 80e9),
				Since: times(30, 0, 0, 10, 0, 0, 0, 0),
			},
			{Number: 3, Times: times(1e7, 0, 0, 0, 0, 0, 0, 0), Counted: times(1e7, 0, 0, 0, 0, 0, 0, 0)},
		},
		Offline: []snapshot.OfflineCPU{
			{Number: 1, Counted: times(100e9, 200e9, 300e9, 400e9, 500e9, 600e9, 700e9, 800e9)},
		},
		PhysicalCount: snapshot.Known(2),
		Frequencies:   []snapshot.CPUFrequency{{Number: 0, Hertz: 2_400_000_000}, {Number: 2, Hertz: 800_123_000}},
	},
	Memory: snapshot.Memory{
		Total: snapshot.Known(1 << 20), Available: snapshot.Known(600 << 10), Used: snapshot.Known(424 << 10), Free: snapshot.Known(300 << 10),
		Buffered: snapshot.Known(10 << 10), Cached: snapshot.Known(230 << 10), SlabReclaimable: snapshot.Known(30 << 10),
		SlabUnreclaimable: snapshot.Known(20 << 10), Shared: snapshot.Known(5 << 10), Dirty: snapshot.Known(4 << 10), PageSize: snapshot.Known(4096),
		HugePages: snapshot.HugePages{
			PageSize: snapshot.Known(2 << 20), Total: snapshot.Known(16), Free: snapshot.Known(12), Reserved: snapshot.Known(3), Surplus: snapshot.Known(1),
		},
	},
	Load: snapshot.Load{One: snapshot.Known(1_500_000), Five: snapshot.Known(2_250_000), Fifteen: snapshot.Known(3_750_000), CPUs: snapshot.Known(3)},
	Paging: snapshot.Paging{
		FaultsMajor: snapshot.Known(11), FaultsMinor: snapshot.Known(12), SwapIn: snapshot.Known(13), SwapOut: snapshot.Known(14),
		DiskIn: snapshot.Known(15), DiskOut: snapshot.Known(16),
		Areas: []snapshot.SwapArea{
			{Device: "/dev/zram0", Size: snapshot.Known(4000), Used: snapshot.Known(1000)},
			{Device: "/swapfile", Size: snapshot.Known(800), Used: snapshot.Known(0)},
			{Device: "/empty", Size: snapshot.Known(0), Used: snapshot.Known(0)},
		},
	},
	Disks: snapshot.Disks{Devices: []snapshot.Disk{
		{
			Device: "sda", Major: 8, Minor: 0, Pending: snapshot.Known(5),
			DiskCounters: snapshot.DiskCounters{
				Read:    snapshot.DiskTraffic{Operations: snapshot.Known(41), Bytes: snapshot.Known(42), Time: snapshot.Known(43e9), Merged: snapshot.Known(44)},
				Written: snapshot.DiskTraffic{Operations: snapshot.Known(45), Bytes: snapshot.Known(46), Time: snapshot.Known(47e9), Merged: snapshot.Known(48)},
				IOTime:  snapshot.Known(6_001_000_000), WeightedIOTime: snapshot.Known(7e9),
			},
		},
		{
			Device: "zram0", Start: 1767227000_000000000, Pending: snapshot.Known(0),
			DiskCounters: snapshot.DiskCounters{
				Read:    snapshot.DiskTraffic{Operations: snapshot.Known(49), Bytes: snapshot.Known(50)},
				Written: snapshot.DiskTraffic{Operations: snapshot.Known(0), Bytes: snapshot.Known(0)},
			},
		},
	}},
	NFS: snapshot.NFS{
		Client: snapshot.NFSClient{
			Net:   snapshot.RPCNet{UDP: snapshot.Known(51), TCP: snapshot.Known(52), TCPConnections: snapshot.Known(53)},
			Calls: snapshot.Known(54), Retransmits: snapshot.Known(55), AuthRefreshes: snapshot.Known(56),
			Procedures: []snapshot.NFSCalls{{Version: 3, Name: "GETATTR", Count: 57}},
			Operations: []snapshot.NFSCalls{{Version: 4, Name: "READ", Count: 58}, {Version: 4, Name: "OPEN", Count: 59}},
		},
		Server: snapshot.NFSServer{
			Net:       snapshot.RPCNet{UDP: snapshot.Known(60), TCP: snapshot.Known(61), TCPConnections: snapshot.Known(62)},
			CacheHits: snapshot.Known(63), CacheMisses: snapshot.Known(64), CacheNoCache: snapshot.Known(65),
			BadFormat: snapshot.Known(66), BadAuth: snapshot.Known(67), BadClient: snapshot.Known(68),
			StaleHandles: snapshot.Known(69), BytesRead: snapshot.Known(70), BytesWritten: snapshot.Known(71), Threads: snapshot.Known(72),
			Procedures: []snapshot.NFSCalls{{Version: 3, Name: "GETATTR", Count: 73}, {Version: 4, Name: "COMPOUND", Count: 74}},
			Operations: []snapshot.NFSCalls{{Version: 4, Name: "ACCESS", Count: 75}},
		},
	},
	System: snapshot.System{
		Uptime: snapshot.Known(3600_500000000), ContextSwitches: snapshot.Known(21), Interrupts: snapshot.Known(22), OOMKills: snapshot.Known(23),
		FileDescriptors: snapshot.Known(24), FileDescriptorLimit: snapshot.Known(25), ProcessLimit: snapshot.Known(26),
	},
	Pressure: snapshot.Pressure{
		snapshot.PressureCPU:    {Some: stall(31e9, 3110, 3120, 3130)},
		snapshot.PressureMemory: {Some: stall(32e9, 3210, 0, 0), Full: stall(33e9, 0, 0, 10000)},
		snapshot.PressureIRQ:    {Full: stall(34_001_000, 0, 0, 0)},
	},
	Network: snapshot.Network{
		Interfaces: []snapshot.Interface{
			{Name: "eth0", ID: "devices/pci0000:00/0000:00:03.0", Up: snapshot.Known(1), Speed: snapshot.Known(125_000_000), MTU: snapshot.Known(1500), CarrierChanges: snapshot.Known(2), Counted: true, Received: ofInterface(51, 52, 53, 54), Sent: ofInterface(55, 56, 57, 58)},
			{Name: "veth1", Up: snapshot.Known(0), MTU: snapshot.Known(65535), Counted: true, Start: 1767227000_000000000, Received: ofInterface(59, 0, 0, 0), Sent: ofInterface(60, 0, 0, 0)},
		},
		Conntrack: snapshot.Known(61), ConntrackLimit: snapshot.Known(62), SoftnetDropped: snapshot.Known(63), SoftnetSqueezed: snapshot.Known(64),
	},
	Connections: snapshot.Connections{
		TCP: [snapshot.NumIPVersions]snapshot.SocketCounts{
			{Known: true, ByState: [snapshot.NumSocketStates]uint64{0, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111}},
			{Known: true, ByState: [snapshot.NumSocketStates]uint64{snapshot.SocketListen: 1000}},
		},
		UDP: [snapshot.NumIPVersions]snapshot.SocketCounts{{Known: true, ByState: [snapshot.NumSocketStates]uint64{snapshot.SocketClose: 5}}},
		Protocols: snapshot.Protocols{
			Sockets:      [snapshot.NumTransports][snapshot.NumIPVersions]snapshot.Quantity{{snapshot.Known(201), snapshot.Known(2010)}, {snapshot.Known(202)}, {}, {snapshot.Known(0), snapshot.Known(203)}},
			SocketMemory: [snapshot.NumTransports]snapshot.Quantity{snapshot.Known(4096), snapshot.Known(8192)}, SegmentsReceived: snapshot.Known(211),
			SegmentsSent: snapshot.Known(212), SegmentsRetransmitted: snapshot.Known(213), ConnectionsActive: snapshot.Known(214),
			ConnectionsPassive: snapshot.Known(215), ResetsSent: snapshot.Known(216), Timeouts: snapshot.Known(217),
			ListenOverflows: snapshot.Known(218), ListenDrops: snapshot.Known(219),
			UDPErrors: [snapshot.NumUDPErrors]snapshot.Quantity{snapshot.Known(221), snapshot.Known(222), snapshot.Known(223), {}, snapshot.Known(224)},
		},
		Unix: snapshot.SocketCounts{Known: true, ByState: [snapshot.NumSocketStates]uint64{snapshot.SocketEstablished: 6, snapshot.SocketListen: 7}},
	},
	Filesystem: snapshot.Filesystem{Mounts: []snapshot.Mount{
		{
			Device: "/dev/sda1", MountPoint: "/", Type: "ext4", Mode: "rw", Options: "rw,relatime",
			Usage: snapshot.MountUsage{Known: true, Used: 600, Free: 200, Reserved: 50}, Inodes: snapshot.MountInodes{Known: true, Used: 70, Free: 30},
		},
		{Device: "proc", MountPoint: "/proc", Type: "proc", Mode: "ro", Usage: snapshot.MountUsage{Known: true}},
		{Device: "not-asked", MountPoint: "/list", Type: "ext4", Mode: "ro"},
	}},
	Thermal: snapshot.Thermal{Sensors: []snapshot.Sensor{
		{
			ID: "devices/platform/coretemp.0/temp2", Chip: "coretemp", Label: "Core 0", Temperature: milli(43_000), Max: milli(82_000), Critical: milli(100_000),
		},
		{ID: "devices/platform/coretemp.0/temp3", Chip: "coretemp", Label: "Core 0", Temperature: milli(45_125), Critical: milli(100_000)},
		{ID: "devices/pci0000:00/0000:00:18.3/temp1", Chip: "k10temp", Temperature: milli(-5_250), Max: milli(70_000)},
		{ID: "devices/platform/unnamed/temp1", Critical: milli(95_500)},
	}},
	Quota: snapshot.Quota{
		Start: 1767227000_000000000, CPUQuota: snapshot.Known(150_000_000), CPUPeriod: snapshot.Known(100_000_000),
		CPUUser: snapshot.Known(301e9), CPUSystem: snapshot.Known(302e9), ThrottledTime: snapshot.Known(303_500_000_000), ThrottledPeriods: snapshot.Known(304),
		MemoryUsage: snapshot.Known(305), MemoryLimit: snapshot.Known(306), OOMKills: snapshot.Known(307), Tasks: snapshot.Known(308), TaskLimit: snapshot.Known(309),
		IOLimits: []snapshot.IOLimit{{Device: "sda", Read: snapshot.Known(310), Written: snapshot.Known(311)}, {Device: "8:16", Written: snapshot.Known(312)}},

		FileDescriptorLimit: snapshot.Known(313),
	},
	Runtime: snapshot.Runtime{
		ContainerRuntime: "containerd", Orchestrator: "kubernetes", ContainerID: "0123", WorkloadID: "6ba7b810", WorkloadName: "web-0",
		Namespace: "shop", ContainerName: "collector",
	},
}

// times is a CPU's times by state, in the order of package snapshot.
func times(n ...uint64) (t snapshot.CPUTimes) {
	for state := range t {
		t[state] = snapshot.Known(n[state])
	}
	return t
}

func ofInterface(bytes, packets, errors, dropped uint64) snapshot.InterfaceTraffic {
	return snapshot.InterfaceTraffic{
		Bytes: snapshot.Known(bytes), Packets: snapshot.Known(packets), Errors: snapshot.Known(errors), Dropped: snapshot.Known(dropped),
	}
}

func stall(total, avg10, avg60, avg300 uint64) snapshot.Stall {
	return snapshot.Stall{
		Total: snapshot.Known(total), Avg10: snapshot.Known(avg10), Avg60: snapshot.Known(avg60), Avg300: snapshot.Known(avg300),
	}
}

func milli(n int64) snapshot.Temperature { return snapshot.Temperature{Milli: n, Known: true} }

// TestGolden holds what is made of one snapshot to a file, for several configurations.
func TestGolden(t *testing.T) {
	for _, name := range []string{
		"all", "default", "disks", "each_cpu", "folded", "network", "nfs", "nfs_folded", "sockets", "thermal", "thermal_folded",
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := loadEntry(t, "config.yaml", "golden_"+name)
			require.NoError(t, err)
			p := newPoints(cfg)
			batch := pmetric.NewMetrics()
			p.Begin(batch.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics(), 1767225600e9, 1767229200e9)
			for d := range metricsDomains(cfg).All() {
				if record := scrapers[d].record; record != nil {
					record(&p, &aHost)
				}
				p.Flush()
			}
			pointsOf(t, batch)
			document, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(batch)
			require.NoError(t, err)
			hosttest.GoldenYAML(t, "testdata/golden/"+name+".yaml", document)
		})
	}
}

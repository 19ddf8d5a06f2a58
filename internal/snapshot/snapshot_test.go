// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func TestPure(t *testing.T) { hosttest.Pure(t) }

func TestReset(t *testing.T) {
	s := Snapshot{
		Time: 1, BootTime: 2, Filled: 3,
		CPU: CPU{
			Online: make([]LogicalCPU, 4), Offline: make([]OfflineCPU, 5), PhysicalCount: Known(6),
			Frequencies: make([]CPUFrequency, 7),
		},
		Memory: Memory{Total: Known(8)},
		Load:   Load{One: Known(9)},
		Paging: Paging{Areas: make([]SwapArea, 10)},
		Disks:  Disks{Devices: make([]Disk, 15)},
		NFS: NFS{
			Client: NFSClient{Calls: Known(14), Procedures: make([]NFSCalls, 15), Operations: make([]NFSCalls, 16)},
			Server: NFSServer{Threads: Known(17), Procedures: make([]NFSCalls, 18), Operations: make([]NFSCalls, 19)},
		},

		Network: Network{Interfaces: make([]Interface, 15), Conntrack: Known(16)},
		Connections: Connections{
			Listeners: make([]Listener, 12), Owned: make([]OwnedSockets, 13), TCPSockets: make([]TCPSocket, 14), Fallback: true,
			UDPSockets: make([]UDPSocket, 23), UnixSockets: make([]UnixSocket, 24),
		},
		Processes:   Processes{CountKnown: true},
		ProcessList: ProcessList{List: make([]Process, 12), Top: make([]Process, 25), HasOthers: true},
		Thermal:     Thermal{Sensors: make([]Sensor, 20)},
		Quota:       Quota{IOLimits: make([]IOLimit, 21), Tasks: Known(1)},
		Runtime:     Runtime{Available: make([]AvailableRuntime, 22), ContainerID: "1"},
	}
	s.Reset(11)
	assert.Equal(t, 4, cap(s.CPU.Online), "memory is kept")
	assert.Equal(t, 5, cap(s.CPU.Offline))
	assert.Equal(t, 7, cap(s.CPU.Frequencies))
	assert.Equal(t, 10, cap(s.Paging.Areas))
	assert.Equal(t, 12, cap(s.Connections.Listeners))
	assert.Equal(t, 13, cap(s.Connections.Owned))
	assert.Equal(t, 14, cap(s.Connections.TCPSockets))
	assert.Equal(t, 15, cap(s.Disks.Devices))
	client, server := &s.NFS.Client, &s.NFS.Server
	assert.Equal(t, []int{15, 16, 18, 19}, []int{cap(client.Procedures), cap(client.Operations), cap(server.Procedures), cap(server.Operations)})
	client.Procedures, client.Operations, server.Procedures, server.Operations = nil, nil, nil, nil
	assert.Equal(t, 15, cap(s.Network.Interfaces))
	s.Network.Interfaces = nil
	s.CPU.Online, s.CPU.Offline, s.CPU.Frequencies = nil, nil, nil
	s.Paging.Areas, s.Disks.Devices, s.Connections.Listeners, s.Connections.Owned = nil, nil, nil, nil
	s.Connections.TCPSockets = nil
	assert.Equal(t, 12, cap(s.ProcessList.List))
	assert.Equal(t, []int{23, 24, 25}, []int{cap(s.Connections.UDPSockets), cap(s.Connections.UnixSockets), cap(s.ProcessList.Top)})
	s.ProcessList.List, s.ProcessList.Top, s.Connections.UDPSockets, s.Connections.UnixSockets = nil, nil, nil, nil
	assert.Equal(t, []int{20, 21, 22}, []int{cap(s.Thermal.Sensors), cap(s.Quota.IOLimits), cap(s.Runtime.Available)})
	s.Thermal.Sensors, s.Quota.IOLimits, s.Runtime.Available = nil, nil, nil
	assert.Equal(t, Snapshot{Time: 11}, s, "and nothing else")
}

// TestSince: a counter that was reset, or is another's by now, has not grown by less than nothing.
func TestSince(t *testing.T) {
	assert.Equal(t, Known(3), Known(5).Since(Known(2)))
	assert.Equal(t, Known(0), Known(2).Since(Known(5)))
	assert.Equal(t, Quantity{}, Known(2).Since(Quantity{}))
	assert.Equal(t, Quantity{}, Quantity{N: 7}.Since(Known(2)))
}

func TestDomains(t *testing.T) {
	var ds Domains
	assert.Empty(t, slices.Collect(ds.All()))
	ds.Add(DomainLoad)
	ds.Add(DomainCPU)
	assert.Equal(t, []Domain{DomainCPU, DomainLoad}, slices.Collect(ds.All()))
	assert.False(t, ds.Has(DomainMemory))
	for d := range NumDomains {
		assert.NotEmpty(t, d.String())
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package network

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestNetwork: below a root, the files are those of the host's first process. Each fault costs its own values.
func TestNetwork(t *testing.T) {
	t.Parallel()
	root := networkRoot(t, "proc/1/net/")
	hosttest.Write(t, root, "proc/net/dev", netDevHeader+netDev("container0", 1)) // The reader's.
	p := openRoot(t, root, networkWant)
	n, faults := readNetwork(t, p, 1)
	require.Empty(t, faults)
	assert.Equal(t, snapshot.Network{
		Interfaces: []snapshot.Interface{link("lo", 10), link("eth0", 20)},
		Conntrack:  snapshot.Known(31), ConntrackLimit: snapshot.Known(262144),
		SoftnetDropped: snapshot.Known(4), SoftnetSqueezed: snapshot.Known(6),
	}, n)

	// A malformed line costs its own interface, and a missing file its own numbers.
	hosttest.Edit(t, root, "proc/1/net/dev", "eth0: 20 21", "eth0 20 21")
	hosttest.Remove(t, root, "proc/sys/net/netfilter/nf_conntrack_max")
	hosttest.Remove(t, root, "proc/1/net/softnet_stat")
	n, faults = readNetwork(t, p, 2)
	assert.Equal(t, []snapshot.Interface{link("lo", 10)}, n.Interfaces)
	assert.Equal(t, snapshot.Known(31), n.Conntrack)
	assert.False(t, n.ConntrackLimit.Known || n.SoftnetDropped.Known)
	reasons := map[string]source.Reason{}
	for _, f := range faults {
		reasons[f.Source] = f.Reason
	}
	assert.Equal(t, map[string]source.Reason{
		"proc/1/net/dev": source.Malformed, "proc/1/net/softnet_stat": source.Unavailable, "proc/sys/net/netfilter/nf_conntrack_max": source.Unavailable,
	}, reasons)

	hosttest.Write(t, root, "proc/1/net/dev", netDevHeader+netDev("lo", 10)+netDev("eth0", 20))
	n, _ = readNetwork(t, p, 3)
	assert.Equal(t, []snapshot.Interface{link("lo", 10), link("eth0", 20)}, n.Interfaces, "it has recovered")
}

// TestConntrackOfAnotherNamespace: /proc/sys/net is that of its reader, so conntrack of another namespace is unknown.
func TestConntrackOfAnotherNamespace(t *testing.T) {
	t.Parallel()
	root := networkRoot(t, "proc/1/net/")
	hosttest.Write(t, root, "proc/1/ns/net", "")
	n, faults := readNetwork(t, openRoot(t, root, networkWant), 1)
	require.Len(t, faults, 2)
	for _, f := range faults {
		assert.Equal(t, source.Unavailable, f.Reason)
		assert.ErrorIs(t, f.Err, source.ErrOtherNamespace)
	}
	assert.False(t, n.Conntrack.Known || n.ConntrackLimit.Known)
	assert.Len(t, n.Interfaces, 2)
}

// TestInterfacesComeAndGo: a deleted interface is forgotten, another one with its name has another start, and a renamed one
// keeps its counters.
func TestInterfacesComeAndGo(t *testing.T) {
	t.Parallel()
	root := networkRoot(t, "proc/net/")
	calls := 0
	p := open(t, source.Options{Root: root}, func(name string) bool {
		calls++
		return name != "lo"
	}, networkWant)
	starts := func(now int64, lines ...string) (starts map[string]int64) {
		hosttest.Write(t, root, "proc/net/dev", netDevHeader+strings.Join(lines, ""))
		n, faults := readNetwork(t, p, now)
		require.Empty(t, faults)
		starts = map[string]int64{}
		for _, found := range n.Interfaces {
			starts[found.Name] = found.Start
		}
		assert.Len(t, n.Interfaces, len(starts), "each name once")
		return starts
	}
	assert.Equal(t, map[string]int64{"eth0": 0}, starts(100, netDev("lo", 10), netDev("eth0", 20)))
	assert.Equal(t, map[string]int64{"eth0": 0, "veth1": 0}, starts(200, netDev("eth0", 20), netDev("veth1", 500)))
	assert.Equal(t, map[string]int64{"eth0": 0, "renamed": 0}, starts(300, netDev("eth0", 30), netDev("renamed", 600)))
	assert.Equal(t, map[string]int64{"eth0": 300, "renamed": 0}, starts(400, netDev("eth0", 5), netDev("renamed", 600)), "another one with the old name")
	assert.Equal(t, map[string]int64{"eth0": 300}, starts(500, netDev("eth0", 6), netDev("eth0", 6)))
	assert.Empty(t, starts(600))
	assert.Equal(t, map[string]int64{"eth0": 300}, starts(700, netDev("eth0", 6)), "a single read may miss it")
	starts(800)
	starts(900)
	assert.Equal(t, map[string]int64{"eth0": 300}, starts(1000, netDev("eth0", 7)), "it may have had another name")
	for now := range remembered {
		starts(int64(1001 + now))
	}
	assert.Equal(t, map[string]int64{"eth0": 1000 + remembered}, starts(1100, netDev("eth0", 3)), "it cannot be the same")
	for now := range remembered + 1 {
		starts(int64(1101 + now))
	}
	assert.Equal(t, map[string]int64{"eth0": 0}, starts(1200, netDev("eth0", 0)), "it is forgotten")
	assert.Equal(t, 4, calls, "once for each name")
	assert.Equal(t, map[string]int64{`"\xff\x1b`: 0}, starts(1300, netDev("\"\xff\x1b", 1)), "printable")
}

// TestSoftnetHistory: 32-bit counters wrap, and CPUs go offline.
func TestSoftnetHistory(t *testing.T) {
	t.Parallel()
	var h softnetHistory
	for i, tt := range []struct {
		cpus              []procfs.SoftnetCPU
		dropped, squeezed uint64
	}{
		{[]procfs.SoftnetCPU{softnetCPU(0, 1, 2), softnetCPU(3, 1<<32-2, 5)}, 1<<32 - 1, 7},
		{[]procfs.SoftnetCPU{softnetCPU(0, 2, 2)}, 1 << 32, 7},
		{[]procfs.SoftnetCPU{softnetCPU(0, 2, 3), softnetCPU(3, 3, 5)}, 1<<32 + 5, 8},
		{[]procfs.SoftnetCPU{{Number: 0, TimeSqueeze: procfs.Number{N: 4, Known: true}}, softnetCPU(3, 4, 5)}, 1<<32 + 6, 9}, // One is unknown,
		{[]procfs.SoftnetCPU{softnetCPU(0, 5, 4), softnetCPU(3, 4, 5)}, 1<<32 + 9, 9},                                        // and is again.
	} {
		h.add(&procfs.SoftnetStat{CPUs: tt.cpus, Numbered: true})
		assert.Equal(t, tt.dropped, h.dropped, i)
		assert.Equal(t, tt.squeezed, h.squeezed, i)
	}
}

// TestSoftnetWithoutNumbers: before Linux 5.10, when a CPU goes offline, the lines after it move up and are another CPU's
// each. Counters that have fallen have not wrapped then.
func TestSoftnetWithoutNumbers(t *testing.T) {
	t.Parallel()
	root := networkRoot(t, "proc/net/")
	p := openRoot(t, root, networkWant)
	for i, tt := range []struct {
		text              string
		dropped, squeezed uint64
	}{
		{"00000014 00000001 00000002\n00000015 00000014 00000004\n00000016 00000005 00000006\n", 26, 12},
		{"00000014 00000002 00000002\n00000015 00000014 00000004\n00000016 00000005 00000006\n", 27, 12},
		{"00000014 00000003 00000002\n00000016 00000005 00000006\n", 27, 12}, // The second goes offline.
		{"00000014 00000004 00000003\n00000016 00000005 00000006\n", 28, 13},
		{"00000014 00000004 00000003\n00000015 00000014 00000004\n00000016 00000007 00000006\n", 28, 13}, // It is back.
		{"00000014 00000004 00000003\n00000015 00000015 00000004\n00000016 00000008 00000006\n", 30, 13},
		{"00000015 00000015 00000004\n00000016 00000008 00000006\n00000017 00000000 00000000\n", 30, 13}, // One for another.
		{"00000015 00000016 00000004\n00000016 00000008 00000006\n00000017 00000000 00000001\n", 31, 14},
	} {
		hosttest.Write(t, root, "proc/net/softnet_stat", tt.text)
		n, faults := readNetwork(t, p, int64(i+1))
		require.Empty(t, faults)
		assert.Equal(t, snapshot.Known(tt.dropped), n.SoftnetDropped, i)
		assert.Equal(t, snapshot.Known(tt.squeezed), n.SoftnetSqueezed, i)
	}
}

// TestNetworkNotRequested: a scrape that requests nothing reads no file.
func TestNetworkNotRequested(t *testing.T) {
	t.Parallel()
	n, faults := readNetwork(t, openRoot(t, t.TempDir(), snapshot.Want{}), 1)
	assert.Empty(t, faults)
	assert.Zero(t, n)
}

// TestNetworkNoAllocs: the steady state allocates nothing.
func TestNetworkNoAllocs(t *testing.T) {
	p := open(t, source.Options{}, func(name string) bool { return name == "lo" }, networkWant)
	var s snapshot.Snapshot
	hosttest.NoAllocs(t, func() { p.Read(t, &s, 1) })
	require.Len(t, s.Network.Interfaces, 1)
	sent, received := &s.Network.Interfaces[0].Sent, &s.Network.Interfaces[0].Received
	assert.Equal(t, sent.Bytes, received.Bytes, "the loopback receives what it sends")
	assert.Equal(t, sent.Packets, received.Packets)
}

// TestNetworkLive: the interfaces are those of /proc/sys/net, and conntrack is reported, or a fault if the module is
// missing.
func TestNetworkLive(t *testing.T) {
	n, faults := readNetwork(t, openRoot(t, "", networkWant), 1)
	for _, f := range faults {
		assert.ErrorIs(t, f.Err, syscall.ENOENT)
		assert.Contains(t, f.Source, "nf_conntrack_")
	}
	assert.Equal(t, len(faults) == 0, n.Conntrack.Known && n.ConntrackLimit.Known)
	entries, err := os.ReadDir("/proc/sys/net/ipv4/neigh")
	require.NoError(t, err)
	var names, kernel []string
	for _, found := range n.Interfaces {
		names = append(names, found.Name)
	}
	for _, entry := range entries {
		if entry.Name() != "default" {
			kernel = append(kernel, entry.Name())
		}
	}
	assert.ElementsMatch(t, kernel, names)
	assert.True(t, n.SoftnetDropped.Known && n.SoftnetSqueezed.Known)
}

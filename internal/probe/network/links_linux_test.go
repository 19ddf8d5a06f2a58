// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package network

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

var allLinks = snapshot.Want{Network: snapshot.NetworkWant{Links: snapshot.LinkWant{Up: true, Speed: true, MTU: true, CarrierChanges: true, MAC: true, Flags: true}}}

// writeLink writes an interface of a root, on the hardware at device below sys/devices.
func writeLink(t testing.TB, root, name, device string, index int, files map[string]string) {
	t.Helper()
	dir := "sys/devices/" + device + "/net/" + name + "/"
	hosttest.Write(t, root, dir+"uevent", "INTERFACE="+name+"\nIFINDEX="+strconv.Itoa(index)+"\n")
	for file, text := range files {
		hosttest.Write(t, root, dir+file, text)
	}
	_ = os.Remove(root + "/sys/class/net/" + name)
	hosttest.Link(t, root, "sys/class/net/"+name, "../../devices/"+device+"/net/"+name)
}

// TestLinks: each attribute that can be read is reported, also when another interface has taken the name.
func TestLinks(t *testing.T) {
	t.Parallel()
	root := networkRoot(t, "proc/net/")
	hosttest.Write(t, root, "proc/net/dev", netDevHeader+netDev("lo", 10)+netDev("eth0", 20)+netDev("eth1", 30)+netDev("tun0", 40)+netDev("gone0", 50))
	writeLink(t, root, "lo", "virtual", 1, map[string]string{"operstate": "unknown\n", "carrier": "1\n", "speed": "0\n", "mtu": "65536\n", "carrier_changes": "0\n", "address": "00:00:00:00:00:00\n", "flags": "0x9\n"})
	writeLink(t, root, "eth0", "pci0000:00/0000:00:03.0", 2, map[string]string{"operstate": "up\n", "mtu": "1500\n", "speed": "25000\n", "carrier_changes": "3\n", "address": "52:54:00:12:34:56\n", "flags": "0x1003\n"})
	writeLink(t, root, "eth1", "pci0000:00/0000:00:04.0", 3, map[string]string{"operstate": "lowerlayerdown\n", "mtu": "9000\n", "speed": "10000\n", "carrier_changes": "x\n"})
	writeLink(t, root, "tun0", "virtual", 4, map[string]string{"operstate": "unknown\n", "carrier": "0\n", "speed": "10\n"})
	p := openRoot(t, root, allLinks)
	known := snapshot.Known
	want := []snapshot.Interface{
		{Name: "lo", Up: known(1), MTU: known(65536), CarrierChanges: known(0), Flags: snapshot.InterfaceUp | snapshot.InterfaceLoopback, FlagsKnown: true},
		{Name: "eth0", ID: "devices/pci0000:00/0000:00:03.0", Up: known(1), Speed: known(3_125_000_000), MTU: known(1500), CarrierChanges: known(3), MAC: "52:54:00:12:34:56", Flags: snapshot.InterfaceUp | snapshot.InterfaceBroadcast | snapshot.InterfaceMulticast, FlagsKnown: true},
		{Name: "eth1", ID: "devices/pci0000:00/0000:00:04.0", Up: known(0), MTU: known(9000)},
		{Name: "tun0", Up: known(0)},
		{Name: "gone0"},
	}
	for range 3 {
		n, faults := readNetwork(t, p, 1)
		require.Empty(t, faults)
		assert.Equal(t, want, n.Interfaces)
	}

	// Another interface with the name, on other hardware.
	hosttest.Write(t, root, "proc/net/dev", netDevHeader+netDev("eth0", 20))
	writeLink(t, root, "eth0", "pci0000:00/0000:00:09.0", 7, map[string]string{"operstate": "down\n", "mtu": "1400\n"})
	n, faults := readNetwork(t, p, 2)
	require.Empty(t, faults)
	assert.Equal(t, []snapshot.Interface{{Name: "eth0", ID: "devices/pci0000:00/0000:00:09.0", Up: known(0), MTU: known(1400)}}, n.Interfaces)

	// Files whose uevent has another name are not those of this interface.
	hosttest.Write(t, root, "sys/devices/pci0000:00/0000:00:09.0/net/eth0/uevent", "INTERFACE=eth5\nIFINDEX=7\n")
	n, faults = readNetwork(t, p, 3)
	require.Empty(t, faults)
	assert.Equal(t, []snapshot.Interface{{Name: "eth0"}}, n.Interfaces)
}

// TestLinksOfAnotherNamespace: /sys shows the network namespace of the process that mounted it, which is not the host's.
func TestLinksOfAnotherNamespace(t *testing.T) {
	t.Parallel()
	root := networkRoot(t, "proc/1/net/")
	hosttest.Write(t, root, "proc/1/ns/net", "")
	writeLink(t, root, "eth0", "virtual", 2, map[string]string{"operstate": "up\n"})
	want := allLinks
	want.Network.Interfaces = true
	n, faults := readNetwork(t, openRoot(t, root, want), 1)
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainNetwork, Source: "sys/class/net", Reason: source.Unavailable, Err: source.ErrOtherNamespace}}, faults)
	assert.Equal(t, []snapshot.Interface{link("lo", 10), link("eth0", 20)}, n.Interfaces)
}

// TestLinksLive compares this host's interfaces with their files. The steady state allocates nothing, and Close closes all
// descriptors.
func TestLinksLive(t *testing.T) {
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	before := len(entries)
	host, err := source.OpenHost(source.Options{MaxLength: 1024, Timeout: time.Second})
	require.NoError(t, err)
	p := newReader(New(host, nil), allLinks)
	var s snapshot.Snapshot
	hosttest.NoAllocs(t, func() { assert.Empty(t, p.Read(t, &s, 1)) })
	require.NotEmpty(t, s.Network.Interfaces)
	for _, found := range s.Network.Interfaces {
		mtu, err := os.ReadFile("/sys/class/net/" + found.Name + "/mtu")
		require.NoError(t, err)
		assert.Equal(t, strings.TrimSpace(string(mtu)), strconv.FormatUint(found.MTU.N, 10), found.Name)
		assert.True(t, found.Up.Known && found.CarrierChanges.Known, found.Name)
		assert.False(t, found.Counted, "traffic was not requested")
	}
	host.Close()
	entries, err = os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	assert.Len(t, entries, before)
}

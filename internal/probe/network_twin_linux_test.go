// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestNetworkTwins: both backends agree below one root, and on this host.
func TestNetworkTwins(t *testing.T) {
	plain := t.TempDir()
	hosttest.Write(t, plain, "proc/net/dev", `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 10 11 12 13 0 0 0 0 14 15 16 17 0 0 0 0
  eth0: 20 21 22 23 0 0 0 0 24 25 26 27 0 0 0 0
`)
	hosttest.Write(t, plain, "proc/sys/net/netfilter/nf_conntrack_count", "31\n")
	hosttest.Write(t, plain, "proc/sys/net/netfilter/nf_conntrack_max", "262144\n")
	want := snapshot.Want{Network: snapshot.NetworkWant{Interfaces: true, Conntrack: true}}
	filter := func(name string) bool { return name != "eth0" }
	for _, root := range []string{plain, ""} {
		var read [2]snapshot.Network
		for i, backend := range []Backend{BackendNative, BackendPortable} {
			var s snapshot.Snapshot
			readDomain(open(t, Options{Root: root, Backend: backend, InterfaceFilter: filter}, want), &s, 1, snapshot.DomainNetwork)
			read[i] = s.Network
			require.NotEmpty(t, read[i].Interfaces)
			if root == "" {
				for j := range read[i].Interfaces {
					read[i].Interfaces[j] = snapshot.Interface{Name: read[i].Interfaces[j].Name, Counted: read[i].Interfaces[j].Counted}
				}
				read[i].Conntrack.N = 0
			}
		}
		assert.Equal(t, read[0], read[1])
	}
	var s snapshot.Snapshot
	want.Network.Softnet = true
	assert.Len(t, readDomain(open(t, Options{Root: t.TempDir(), Backend: BackendPortable}, want), &s, 1, snapshot.DomainNetwork), 3)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package network

import (
	"fmt"
	"testing"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

const netDevHeader = "Inter-|   Receive                                                |  Transmit\n" +
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"

var networkWant = snapshot.Want{Network: snapshot.NetworkWant{Interfaces: true, Conntrack: true, Softnet: true}}

// open returns a reader of the network of a host.
func open(t testing.TB, o source.Options, keep func(name string) bool, want snapshot.Want) *sourcetest.Reader {
	t.Helper()
	return newReader(New(sourcetest.Open(t, o), keep), want)
}

// newReader returns a reader with a new history.
func newReader(s *Source, want snapshot.Want) *sourcetest.Reader {
	return &sourcetest.Reader{Domain: snapshot.DomainNetwork, Source: s, History: &History{}, Want: want}
}

// openRoot returns a reader of all interfaces of the host below root, "" for this host.
func openRoot(t testing.TB, root string, want snapshot.Want) *sourcetest.Reader {
	t.Helper()
	return open(t, source.Options{Root: root}, nil, want)
}

// readNetwork takes a snapshot of the time now.
func readNetwork(t testing.TB, r *sourcetest.Reader, now int64) (snapshot.Network, []source.Fault) {
	t.Helper()
	var s snapshot.Snapshot
	faults := r.Read(t, &s, now)
	return s.Network, faults
}

// networkRoot returns a root with the files of two interfaces, of softnet and of conntrack; the first two are in dir.
func networkRoot(t testing.TB, dir string) (root string) {
	t.Helper()
	root = t.TempDir()
	hosttest.Write(t, root, dir+"dev", netDevHeader+netDev("lo", 10)+netDev("eth0", 20))
	hosttest.Write(t, root, dir+"softnet_stat", "00000014 00000001 00000002\n00000015 00000003 00000004\n")
	hosttest.Write(t, root, "proc/sys/net/netfilter/nf_conntrack_count", "31\n")
	hosttest.Write(t, root, "proc/sys/net/netfilter/nf_conntrack_max", "262144\n")
	return root
}

// netDev returns the line of an interface whose numbers are n and the seven after it.
func netDev(name string, n int) string {
	return fmt.Sprintf("%6s: %d %d %d %d 0 0 0 0 %d %d %d %d 0 0 0 0\n", name, n, n+1, n+2, n+3, n+4, n+5, n+6, n+7)
}

// link returns the interface of netDev in a snapshot.
func link(name string, n uint64) snapshot.Interface {
	return snapshot.Interface{
		Name: name, Counted: true,
		Received: traffic4(n, n+1, n+2, n+3),
		Sent:     traffic4(n+4, n+5, n+6, n+7),
	}
}

func traffic4(bytes, packets, errs, drop uint64) snapshot.InterfaceTraffic {
	return snapshot.InterfaceTraffic{
		Bytes: snapshot.Known(bytes), Packets: snapshot.Known(packets), Errors: snapshot.Known(errs), Dropped: snapshot.Known(drop),
	}
}

func softnetCPU(number int, dropped, squeezed uint64) procfs.SoftnetCPU {
	return procfs.SoftnetCPU{
		Number: number, Dropped: procfs.Number{N: dropped, Known: true}, TimeSqueeze: procfs.Number{N: squeezed, Known: true},
	}
}

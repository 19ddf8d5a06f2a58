// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"testing"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// open returns a reader of the connections of a host, with the limits of package probe.
func open(t testing.TB, o source.Options, want snapshot.Want) (*sourcetest.Reader, *Source) {
	t.Helper()
	return openLimited(t, o, want, 100, 1024)
}

func openLimited(t testing.TB, o source.Options, want snapshot.Want, maxOwners, maxSockets int) (*sourcetest.Reader, *Source) {
	t.Helper()
	s := New(sourcetest.Open(t, o), maxOwners, maxSockets)
	return &sourcetest.Reader{Domain: snapshot.DomainConnections, Source: s, Want: want}, s
}

// openProcNet returns a reader of /proc/net, as if sock_diag were unavailable.
func openProcNet(t testing.TB, want snapshot.Want) *sourcetest.Reader {
	t.Helper()
	r, s := open(t, source.Options{}, want)
	s.dumps, s.owners = nil, nil
	return r
}

// openSockDiag returns a reader of the collector's own network namespace.
func openSockDiag(t testing.TB, want snapshot.Want) *sourcetest.Reader {
	t.Helper()
	r, _ := open(t, source.Options{}, want)
	return r
}

// openRoot returns a reader of the host below root.
func openRoot(t testing.TB, root string, want snapshot.Want) *sourcetest.Reader {
	t.Helper()
	r, _ := open(t, source.Options{Root: root}, want)
	return r
}

// readConnections takes a snapshot.
func readConnections(t testing.TB, r *sourcetest.Reader) (snapshot.Connections, []source.Fault) {
	t.Helper()
	var s snapshot.Snapshot
	faults := r.Read(t, &s, 1)
	return s.Connections, faults
}

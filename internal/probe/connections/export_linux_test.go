// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"testing"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// What tests in package connections_test share with those here.
var (
	AllLists        = allLists
	AllProtocols    = allProtocols
	SocketWant      = socketWant
	OpenProcNet     = openProcNet
	OpenRoot        = openRoot
	OpenSockDiag    = openSockDiag
	OpenSockets     = openSockets
	ProtocolFiles   = protocolFiles
	ReadConnections = readConnections
	SomeSockets     = someSockets
)

// OpenPerFamily returns a reader as for a kernel that refuses one TCP dump of IPv4 and IPv6.
func OpenPerFamily(t testing.TB, want snapshot.Want) *sourcetest.Reader {
	t.Helper()
	r, s := open(t, source.Options{}, want)
	s.dumps.perFamily = true
	return r
}

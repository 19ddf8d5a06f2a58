// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package hostprobereceiver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestSocketsLogged logs what is logged about sockets in three scrapes, of all scrapers and parts that need them.
func TestSocketsLogged(t *testing.T) {
	set := watch(t)
	s := started(t, set.Settings, `
scrapers:
  network:
  connections: {tcp_stats: true, listening_ports: true, udp_sockets: true, unix_sockets: true}
metrics:
  system.network.connections: {attributes: [protocol, state, process.executable.name]}`)
	for range 3 {
		points := scrapeAll(t, s)
		assert.True(t, hasPoint(points, "system.network.connections[", "protocol:tcp", "state:LISTEN"))
		assert.True(t, hasPoint(points, "system.network.connections[", "protocol:udp"))
	}
	for _, entry := range set.log.All() {
		if strings.HasPrefix(entry.Message, "connections: ") {
			t.Logf("<%s %s: %v>", entry.Level, entry.Message, entry.ContextMap()["error"])
		}
	}
}

// TestWithoutSockDiag: a kernel without sock_diag, as of OpenWrt, and a sandbox without AF_NETLINK are one line at level info, which
// says what follows.
func TestWithoutSockDiag(t *testing.T) {
	const line = "<info connections: sock_diag unavailable; TCP and UDP sockets are read from /proc/net, without socket owners, " +
		"socket lists, and limits and drops of TCP listeners; unix sockets are omitted: socket: "
	for fault, reason := range map[string]string{
		"EPROTONOSUPPORT": "protocol not supported>", "EAFNOSUPPORT": "address family not supported by protocol>",
	} {
		output := hosttest.UnderFault(t, "TestSocketsLogged", "-e", "inject=socket:error="+fault)
		assert.Contains(t, output, line+reason)
		require.Equal(t, 1, strings.Count(output, "<info "), output)
	}
	assert.NotContains(t, hosttest.UnderFault(t, "TestSocketsLogged", "-e", "trace=none"), "sock_diag")
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package connections

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestNetlinkDenied counts sockets in a process that cannot open netlink sockets, as in a sandbox without AF_NETLINK or on a
// kernel without sock_diag, and in one that never receives a complete dump.
func TestNetlinkDenied(t *testing.T) {
	for _, fault := range []string{
		"socket:error=EPROTONOSUPPORT", "socket:error=EAFNOSUPPORT", "socket:error=EPERM",
		"recvfrom:error=ENOBUFS", "recvfrom:error=EAGAIN", "connect:error=ENOMEM",
	} {
		assert.Contains(t, hosttest.UnderFault(t, "TestSocketsAreCounted", "-e", "inject="+fault), "fallback true", fault)
	}
}

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
	for fault, faults := range map[string]string{
		"socket:error=EPROTONOSUPPORT": `faults ["sock_diag"]`,
		"socket:error=EAFNOSUPPORT":    `faults ["sock_diag"]`,
		"socket:error=EPERM":           `faults ["sock_diag"]`,
		"connect:error=ENOMEM":         `faults ["sock_diag"]`,
		"recvfrom:error=ENOBUFS":       `faults ["sock_diag tcp" "sock_diag udp"]`,
		"recvfrom:error=EAGAIN":        `faults ["sock_diag tcp" "sock_diag udp"]`,
	} {
		output := hosttest.UnderFault(t, "TestSocketsAreCounted", "-e", "inject="+fault)
		assert.Contains(t, output, "fallback true", fault)
		assert.Contains(t, output, faults, fault)
	}
}

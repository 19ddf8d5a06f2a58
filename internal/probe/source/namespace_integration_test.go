// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package source_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
)

// TestNamespacesInContainers: neither the user nor its capabilities decide what is known of the namespaces. With hidepid, which
// hides the host's first process, the network namespace is unknown rather than another one.
func TestNamespacesInContainers(t *testing.T) {
	hosttest.EachContainer(t, func(t *testing.T, c *hosttest.Container) {
		h := sourcetest.Open(t, source.Options{Root: c.Root})
		assert.False(t, h.IsPlain())

		namespace, err := h.PIDNamespace()
		if c.HostPID {
			assert.Equal(t, source.OwnNamespace, namespace)
			assert.NoError(t, err)
		} else {
			assert.Equal(t, source.OtherNamespace, namespace)
			assert.EqualError(t, err, "collector and host are in different namespaces")
		}

		namespace, err = h.NetNamespace()
		switch {
		case !c.SeesInit():
			assert.Equal(t, source.UnknownNamespace, namespace)
			assert.EqualError(t, err, "unknown whether collector and host share the namespace: /proc/1 of the host is not visible")
		case c.HostNetwork:
			assert.Equal(t, source.OwnNamespace, namespace)
			assert.NoError(t, err)
		default:
			assert.Equal(t, source.OtherNamespace, namespace)
			assert.EqualError(t, err, "collector and host are in different namespaces")
		}
		assert.Equal(t, "proc/1/net/", h.NetDir(), "proc/net is that of the reader")
	})
}

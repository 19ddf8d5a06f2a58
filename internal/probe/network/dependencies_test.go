// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package network

import (
	"testing"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestDependencies: a domain depends neither on the probe that reads it nor on another domain.
func TestDependencies(t *testing.T) {
	t.Parallel()
	hosttest.NotImported(t, "probe", "probe/connections", "probe/container", "probe/filesystem",
		"probe/process", "probe/quota", "probe/thermal")
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package probe

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestPressureSwitchedOff reads a file of /proc/pressure that answers as all of them do with psi=0.
func TestPressureSwitchedOff(t *testing.T) {
	out := hosttest.UnderFault(t, "TestPressureIsTold", "-P", "/proc/pressure/io", "-e", "inject=pread64:error=EOPNOTSUPP")
	assert.Contains(t, out, "proc/pressure/io unavailable operation not supported")
}

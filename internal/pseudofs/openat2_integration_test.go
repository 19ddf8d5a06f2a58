// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package pseudofs

import (
	"testing"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// TestOpenat2Denied runs the tests of the root again in a process whose openat2 fails as it does on kernels before 5.6
// and in sandboxes that do not know the call.
func TestOpenat2Denied(t *testing.T) {
	for _, errno := range []string{"ENOSYS", "EPERM"} {
		for _, test := range []string{"TestRoot", "TestKept"} {
			hosttest.UnderFault(t, test, "-e", "inject=openat2:error="+errno)
		}
	}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package filesystem

import (
	"os"

	"github.com/superviz-io/hostprobe/internal/hosttest/mutefs"
)

// init makes a copy of this test the file server or the agent that a test has started it as.
func init() {
	mutefs.ServeIfAsked()
	if os.Getenv(runAgent) != "" {
		agent()
	}
}

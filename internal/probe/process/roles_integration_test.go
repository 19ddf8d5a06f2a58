// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package process

import "github.com/superviz-io/hostprobe/internal/hosttest/mutefs"

// init makes a copy of this test the file server that a test has started it as.
func init() { mutefs.ServeIfAsked() }

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package probe

import "github.com/superviz-io/hostprobe/internal/hosttest/mutefs"

// init makes a copy of this test the server of file systems that hang.
func init() { mutefs.ServeIfAsked() }

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package portable

import (
	"errors"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// ContextSwitches fills nothing: gopsutil would run ps.
func (*Reader) ContextSwitches(*snapshot.System) error { return errors.ErrUnsupported }

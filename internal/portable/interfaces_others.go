// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux && !windows

package portable

import (
	"errors"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Interfaces fills nothing: gopsutil would run netstat.
func (*Reader) Interfaces(*snapshot.Network, func(string) bool) error { return errors.ErrUnsupported }

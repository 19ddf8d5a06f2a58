// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux && !windows

package portable

import (
	"errors"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Connections fills nothing: gopsutil would run lsof.
func (*Reader) Connections(*snapshot.Connections, bool, bool, bool) error {
	return errors.ErrUnsupported
}

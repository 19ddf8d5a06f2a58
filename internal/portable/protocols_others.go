// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package portable

import (
	"errors"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TCP fills nothing: gopsutil counts no segments here, or would run netstat.
func (*Reader) TCP(*snapshot.Protocols) error { return errors.ErrUnsupported }

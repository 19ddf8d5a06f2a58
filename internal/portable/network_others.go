// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package portable

import (
	"errors"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Conntrack fills nothing: it is Linux that tracks connections.
func (*Reader) Conntrack(*snapshot.Network) error { return errors.ErrUnsupported }

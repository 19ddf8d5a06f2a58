// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"math"

	"github.com/superviz-io/hostprobe/internal/cgroupfs"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// The kernel's units of time, in nanoseconds.
const (
	nanosecondsPerTick = 1_000_000_000 / procfs.TicksPerSecond // Of USER_HZ.
	nanosPerMicro      = 1_000
	nanosPerMilli      = 1_000_000
)

// nanoseconds is a time in units of so many nanoseconds. No kernel writes one that does not fit.
func nanoseconds(n cgroupfs.Number, unit uint64) snapshot.Quantity {
	return snapshot.Quantity{N: min(n.N, math.MaxUint64/unit) * unit, Known: n.Known}
}

// bytesOf turns the kernel's kB, which are units of 1024 bytes, into bytes.
func bytesOf(kB procfs.Number) snapshot.Quantity {
	return snapshot.Quantity{N: kB.N * 1024, Known: kB.Known}
}

// plus is known when both are.
func plus(a, b snapshot.Quantity) snapshot.Quantity {
	if !a.Known || !b.Known {
		return snapshot.Quantity{}
	}
	return snapshot.Known(a.N + b.N)
}

// minus is known when both are, and a is not the smaller one.
func minus(a, b snapshot.Quantity) snapshot.Quantity {
	if !a.Known || !b.Known || b.N > a.N {
		return snapshot.Quantity{}
	}
	return snapshot.Known(a.N - b.N)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package source

import (
	"math"

	"github.com/superviz-io/hostprobe/internal/cgroupfs"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// The kernel's units of time, in nanoseconds.
const (
	NanosecondsPerTick = 1_000_000_000 / procfs.TicksPerSecond // Of USER_HZ.
	NanosPerMicro      = 1_000
	NanosPerMilli      = 1_000_000
)

// Nanoseconds is a time in units of so many nanoseconds. No kernel writes one that does not fit.
func Nanoseconds(n cgroupfs.Number, unit uint64) snapshot.Quantity {
	return snapshot.Quantity{N: min(n.N, math.MaxUint64/unit) * unit, Known: n.Known}
}

// Ticks turns ticks of USER_HZ into nanoseconds.
func Ticks(ticks procfs.Number) snapshot.Quantity { return Times(ticks, NanosecondsPerTick) }

// Times is n units of the size given.
func Times(n procfs.Number, unit uint64) snapshot.Quantity {
	return snapshot.Quantity{N: n.N * unit, Known: n.Known}
}

// BytesOfKB turns the kernel's kB, which are units of 1024 bytes, into bytes.
func BytesOfKB(kB procfs.Number) snapshot.Quantity {
	return snapshot.Quantity{N: kB.N * 1024, Known: kB.Known}
}

// Add is a + b, known when both are.
func Add(a, b snapshot.Quantity) snapshot.Quantity {
	if !a.Known || !b.Known {
		return snapshot.Quantity{}
	}
	return snapshot.Known(a.N + b.N)
}

// Sub is a - b, known when both are, and a is not the smaller one.
func Sub(a, b snapshot.Quantity) snapshot.Quantity {
	if !a.Known || !b.Known || b.N > a.N {
		return snapshot.Quantity{}
	}
	return snapshot.Known(a.N - b.N)
}

// PartOf is part, unknown if it is more than the whole.
func PartOf(whole, part snapshot.Quantity) snapshot.Quantity {
	if whole.Known && part.N > whole.N {
		return snapshot.Quantity{}
	}
	return part
}

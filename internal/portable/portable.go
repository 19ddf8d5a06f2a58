// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package portable fills a snapshot through gopsutil, on every platform that gopsutil knows.
//
// It is the only backend where there is no native one, and on Linux the differential twin of the native one: both read
// the same root and must agree. It allocates, and it omits what gopsutil does not report or means otherwise.
package portable

import (
	"context"
	"math"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/shirou/gopsutil/v4/common"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Reader reads the host below one root directory. It is not safe for concurrent use.
type Reader struct {
	ctx  context.Context
	root string
	// inFlight are the mount points whose calls have not returned yet.
	inFlight sync.Map
	hung     map[string]struct{} // The mount points whose calls were ever in flight for too long.
	// sensorsInFlight says that the call for the temperatures has not returned yet.
	sensorsInFlight atomic.Bool
}

// New returns a reader of the host below root, "/" if it is empty. Only Linux knows another root.
func New(root string) *Reader {
	ctx := context.Background()
	if root != "" {
		ctx = context.WithValue(ctx, common.EnvKey, common.EnvMap{
			common.HostProcEnvKey: filepath.Join(root, "proc"),
			common.HostSysEnvKey:  filepath.Join(root, "sys"),
			common.HostEtcEnvKey:  filepath.Join(root, "etc"),
			common.HostDevEnvKey:  filepath.Join(root, "dev"),
			common.HostRootEnvKey: root,
		})
	}
	return &Reader{ctx: ctx, root: root, hung: map[string]struct{}{}}
}

// count is a number that gopsutil has, unknown if it has stepped below zero and stands as one near 2^64.
func count(n uint64) snapshot.Quantity {
	if n > math.MaxInt64 {
		return snapshot.Quantity{}
	}
	return snapshot.Known(n)
}

// milliseconds is a time that gopsutil has in milliseconds.
func milliseconds(n uint64) snapshot.Quantity {
	const nanoseconds = 1_000_000
	if n > math.MaxInt64/nanoseconds {
		return snapshot.Quantity{}
	}
	return snapshot.Known(n * nanoseconds)
}

// nanoseconds turns gopsutil's seconds, which it made of integers, back into an integer. Microseconds are finer than
// the clock behind any of them and coarser than the error of a float64 after centuries. A time below 0, or beyond all time, is
// unknown.
func nanoseconds(seconds float64) snapshot.Quantity {
	const beyond = (1 << 61) / 1e9 // 73 years.
	if !(seconds >= 0 && seconds <= beyond) {
		return snapshot.Quantity{}
	}
	return snapshot.Known(uint64(math.Round(seconds*1e6)) * 1000)
}

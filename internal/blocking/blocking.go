// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package blocking makes system calls that may never return: statfs(2) on NFS or FUSE, a read of a hwmon attribute, of
// /proc/PID/cmdline. A thread in uninterruptible sleep (state D) cannot be ended by anything but what it waits for, so the
// calls run on a bounded pool of expendable OS threads, each with its own descriptor table.
package blocking

import (
	"context"
	"fmt"
	"time"
)

var (
	// ErrStuck reports a call that has not returned in time. It is not repeated while it is pending.
	ErrStuck = fmt.Errorf("not responding; skipped until the pending call returns: %w", context.DeadlineExceeded)
	// ErrNotRun reports a call that was not made: the threads are taken by blocked calls, or no time was left.
	ErrNotRun = fmt.Errorf("skipped: too many blocked calls, or no time left: %w", context.DeadlineExceeded)
)

// PanicError is a recovered panic.
type PanicError struct {
	Value any
	Stack []byte
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

// Budget is the time that the single calls of one scrape wait, all of them together: no longer than one round may. So a server
// that stalls on many files costs one deadline, and each further call at most a stallInterval.
type Budget struct{ used time.Duration }

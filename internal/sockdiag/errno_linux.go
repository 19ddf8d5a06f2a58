// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sockdiag

import "golang.org/x/sys/unix"

// Error implements error.
func (e KernelError) Error() string { return unix.Errno(e).Error() }

// Unwrap returns the errno.
func (e KernelError) Unwrap() error { return unix.Errno(e) }

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package sockdiag

import "strconv"

// Error implements error.
func (e KernelError) Error() string { return "errno " + strconv.Itoa(int(e)) }

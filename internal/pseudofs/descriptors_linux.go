// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"math"

	"golang.org/x/sys/unix"
)

// reserved is how many descriptors are left to the rest of the process, however few it may have: one that has none left can
// accept no connection.
const reserved = 64

// spare is how many descriptors this process may have besides those.
func spare() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur <= reserved {
		return 0
	}
	return int(min(limit.Cur-reserved, math.MaxInt32))
}

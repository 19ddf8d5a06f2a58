// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import "github.com/shirou/gopsutil/v4/host"

// BootTime is when the host booted, in nanoseconds since the Unix epoch, to the second.
func (r *Reader) BootTime() (int64, error) {
	seconds, err := host.BootTimeWithContext(r.ctx)
	return int64(seconds) * 1e9, err
}

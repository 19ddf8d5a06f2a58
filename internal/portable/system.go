// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"github.com/shirou/gopsutil/v4/host"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Uptime fills s.Uptime, to the second. On Linux it is that of the reader's kernel, whatever the root.
func (r *Reader) Uptime(s *snapshot.System) error {
	seconds, err := host.UptimeWithContext(r.ctx)
	if err != nil {
		return err
	}
	s.Uptime = snapshot.Known(seconds * 1e9)
	return nil
}

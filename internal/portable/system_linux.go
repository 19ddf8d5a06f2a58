// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"github.com/shirou/gopsutil/v4/load"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// ContextSwitches fills s.ContextSwitches, the only one of the counts of activity that gopsutil tells.
func (r *Reader) ContextSwitches(s *snapshot.System) error {
	misc, err := load.MiscWithContext(r.ctx)
	if err != nil {
		return err
	}
	s.ContextSwitches = snapshot.Known(uint64(misc.Ctxt))
	return nil
}

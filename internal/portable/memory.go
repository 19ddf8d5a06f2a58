// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"fmt"
	"os"

	"github.com/shirou/gopsutil/v4/mem"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Memory fills m with what gopsutil tells on this platform.
func (r *Reader) Memory(m *snapshot.Memory) error {
	v, err := mem.VirtualMemoryWithContext(r.ctx)
	if err != nil {
		return err
	}
	if v.Total == 0 {
		return fmt.Errorf("no memory total")
	}
	m.PageSize = snapshot.Known(uint64(os.Getpagesize()))
	m.Total = snapshot.Known(v.Total)
	m.Available = snapshot.Known(v.Available)
	m.Used = snapshot.Known(v.Used)
	m.Free = snapshot.Known(v.Free)
	platformMemory(m, v)
	return nil
}

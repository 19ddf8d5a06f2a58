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
	m.Available = part(v.Available, v.Total)
	m.Used = part(v.Used, v.Total)
	m.Free = part(v.Free, v.Total)
	platformMemory(m, v)
	return nil
}

// part is unknown if it is more than the whole.
func part(n, whole uint64) snapshot.Quantity {
	if n > whole {
		return snapshot.Quantity{}
	}
	return snapshot.Known(n)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"cmp"
	"slices"

	"github.com/shirou/gopsutil/v4/disk"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Disks fills d with the disks that have done anything, by name. keep, if not nil, reports which are selected.
func (r *Reader) Disks(d *snapshot.Disks, keep func(device string) bool) error {
	counters, err := disk.IOCountersWithContext(r.ctx)
	if err != nil {
		return err
	}
	for name, c := range counters {
		if keep == nil || keep(name) {
			d.Devices = append(d.Devices, diskOf(name, &c))
		}
	}
	slices.SortFunc(d.Devices, func(a, b snapshot.Disk) int { return cmp.Compare(a.Device, b.Device) })
	return nil
}

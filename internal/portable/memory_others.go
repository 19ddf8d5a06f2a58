// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package portable

import (
	"runtime"

	"github.com/shirou/gopsutil/v4/mem"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

func platformMemory(m *snapshot.Memory, v *mem.VirtualMemoryStat) {
	if runtime.GOOS != "windows" {
		m.Inactive = snapshot.Known(v.Inactive)
	}
}

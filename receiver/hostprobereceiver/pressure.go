// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

var pressureResources = [snapshot.NumPressureResources]metadata.AttributePressureResource{
	snapshot.PressureCPU:    metadata.AttributePressureResourceCPU,
	snapshot.PressureMemory: metadata.AttributePressureResourceMemory,
	snapshot.PressureIO:     metadata.AttributePressureResourceIo,
	snapshot.PressureIRQ:    metadata.AttributePressureResourceIrq,
}

func (p *points) recordPressure(s *snapshot.Pressure) {
	for r := range s {
		p.recordStall(&s[r].Some, pressureResources[r], metadata.AttributePressureTypeSome)
		p.recordStall(&s[r].Full, pressureResources[r], metadata.AttributePressureTypeFull)
	}
}

// hundredths of a percent are what the kernel's averages are in.
const hundredths = 100 * 100

func (p *points) recordStall(s *snapshot.Stall, resource metadata.AttributePressureResource, kind metadata.AttributePressureType) {
	recordKnown(s.Total, func(n int64) { p.SystemPressureLinuxStallTime.Record(n, resource, kind) })
	for _, average := range [...]struct {
		snapshot.Quantity
		metadata.AttributePressureWindow
	}{
		{s.Avg10, metadata.AttributePressureWindow10s}, {s.Avg60, metadata.AttributePressureWindow60s}, {s.Avg300, metadata.AttributePressureWindow300s},
	} {
		if average.Known {
			p.SystemPressureLinuxStallUtilization.Record(share(average.N, hundredths), resource, kind, average.AttributePressureWindow)
		}
	}
}

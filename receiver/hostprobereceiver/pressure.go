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
	if !s.Known {
		return
	}
	p.SystemPressureLinuxStallTime.Record(signed(s.Total), resource, kind)
	m := &p.SystemPressureLinuxStallUtilization
	m.Record(share(s.Avg10, hundredths), resource, kind, metadata.AttributePressureWindow10s)
	m.Record(share(s.Avg60, hundredths), resource, kind, metadata.AttributePressureWindow60s)
	m.Record(share(s.Avg300, hundredths), resource, kind, metadata.AttributePressureWindow300s)
}

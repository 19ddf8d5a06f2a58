// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// PressureConfig has the parts of the pressure scraper: one per resource.
type PressureConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// CPU is the part with the pressure on CPUs.
	CPU bool `mapstructure:"cpu"`
	// Memory is the part with the pressure on memory.
	Memory bool `mapstructure:"memory"`
	// IO is the part with the pressure on I/O.
	IO bool `mapstructure:"io"`
	// IRQ is the part with the time lost to interrupts.
	IRQ bool `mapstructure:"irq"`

	_ struct{} // Prevents unkeyed literals.
}

var pressureParts = map[string]partSpec{
	"cpu":    {template: TemplateCustom, metrics: pressureMetrics},
	"memory": {template: TemplateCustom, metrics: pressureMetrics},
	"io":     {template: TemplateCustom, metrics: pressureMetrics},
	"irq":    {template: TemplateCustom, metrics: pressureMetrics},
}

var pressureMetrics = []string{
	"system.pressure.linux.stall.time",
	"system.pressure.linux.stall.utilization",
}

func wantPressure(cfg *Config, want *snapshot.Want) {
	pressure := &cfg.Scrapers.Pressure
	want.Pressure = snapshot.PressureWant{
		snapshot.PressureCPU:    pressure.CPU,
		snapshot.PressureMemory: pressure.Memory,
		snapshot.PressureIO:     pressure.IO,
		snapshot.PressureIRQ:    pressure.IRQ,
	}
}

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

// hundredths is the unit of the kernel's averages: hundredths of a percent.
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

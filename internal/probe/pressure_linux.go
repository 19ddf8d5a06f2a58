// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// pressureSource reads the files of /proc/pressure. They are missing without CONFIG_PSI and say EOPNOTSUPP where it is
// switched off; that of irq needs CONFIG_IRQ_TIME_ACCOUNTING.
type pressureSource struct {
	files [snapshot.NumPressureResources]*source.File[procfs.Pressure, *procfs.Pressure]
}

func newPressureSource(h *source.Host) *pressureSource {
	p := &pressureSource{}
	for r := range snapshot.NumPressureResources {
		p.files[r] = source.NewFile[procfs.Pressure](h, "proc/pressure/"+r.String(), pseudofs.Single)
	}
	return p
}

func (p *pressureSource) Read(sc *source.Scrape) (filled bool) {
	for r := range snapshot.NumPressureResources {
		if !sc.Want.Pressure[r] {
			continue
		}
		if pressure := p.files[r].Read(sc); pressure != nil {
			s := &sc.Snapshot.Pressure[r]
			s.Some, s.Full = stallOf(&pressure.Some), stallOf(&pressure.Full)
			filled = true
		}
	}
	// All CPUs cannot wait for a CPU: the kernel writes a line of zeros, so that the files look alike.
	sc.Snapshot.Pressure[snapshot.PressureCPU].Full = snapshot.Stall{}
	return filled
}

func stallOf(s *procfs.Stall) snapshot.Stall {
	return snapshot.Stall{
		Total: source.Times(s.Total, source.NanosPerMicro),
		Avg10: snapshot.Quantity(s.Avg10), Avg60: snapshot.Quantity(s.Avg60), Avg300: snapshot.Quantity(s.Avg300),
	}
}

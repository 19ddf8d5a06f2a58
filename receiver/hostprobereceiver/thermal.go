// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"errors"

	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// ThermalConfig has the options of the thermal scraper.
type ThermalConfig struct {
	ScraperConfig `mapstructure:",squash"`
	// Include and Exclude say the sensors of which chips have series: those that are included and not excluded. Without
	// Include that is every chip but those that reading wakes or disturbs.
	Include ChipFilter `mapstructure:"include"`
	Exclude ChipFilter `mapstructure:"exclude"`
}

// ChipFilter selects chips and thermal zones by name or type.
type ChipFilter struct {
	FilterConfig `mapstructure:",squash"`
	Chips        []string `mapstructure:"chips"`
}

func (f *ChipFilter) named(path string) namedFilter {
	return namedFilter{path: path, key: "chips", matchType: f.MatchType, patterns: f.Chips}
}

// filter reports whether the sensors of a chip are read, by its name.
func (t *ThermalConfig) filter() (keep func(chip string) bool, err error) {
	include, exclude := t.Include.named("scrapers::thermal::include"), t.Exclude.named("scrapers::thermal::exclude")
	included, includeErr := include.compile()
	excluded, excludeErr := exclude.compile()
	if included == nil {
		included = func(chip string) bool { return !probe.ReadWhenNamed(chip) }
	}
	return func(chip string) bool {
		return included(chip) && (excluded == nil || !excluded(chip))
	}, errors.Join(includeErr, excludeErr)
}

func (p *points) recordThermal(s *snapshot.Thermal) {
	for i := range s.Sensors {
		one := &s.Sensors[i]
		if t := one.Temperature; t.Known {
			p.HwTemperature.Record(t.Milli, one.ID, one.Chip, one.Label)
		}
		if t := one.Max; t.Known {
			p.HwTemperatureLimit.Record(t.Milli, one.ID, metadata.AttributeThermalHwLimitTypeHighDegraded, one.Chip, one.Label)
		}
		if t := one.Critical; t.Known {
			p.HwTemperatureLimit.Record(t.Milli, one.ID, metadata.AttributeThermalHwLimitTypeHighCritical, one.Chip, one.Label)
		}
	}
}

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
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// Include selects the chips whose sensors have series; without names, all but those that a read wakes or disturbs.
	Include ChipFilter `mapstructure:"include"`
	// Exclude selects the chips whose sensors have no series, of those included.
	Exclude ChipFilter `mapstructure:"exclude"`

	_ struct{} // Prevents unkeyed literals.
}

// ChipFilter selects chips and thermal zones by name or type.
type ChipFilter struct {
	FilterConfig FilterConfig `mapstructure:",squash"`
	// Chips is the list of patterns.
	Chips []string `mapstructure:"chips"`

	_ struct{} // Prevents unkeyed literals.
}

func (f *ChipFilter) named(path string) namedFilter {
	return namedFilter{path: path, key: "chips", matchType: f.FilterConfig.MatchType, patterns: f.Chips}
}

var thermalMetrics = []string{
	"hw.temperature",
	"hw.temperature.limit",
}

func (t *ThermalConfig) include() namedFilter { return t.Include.named("scrapers::thermal::include") }

// filter returns a predicate that selects chips by name.
func (t *ThermalConfig) filter() (keep func(chip string) bool, err error) {
	include, exclude := t.include(), t.Exclude.named("scrapers::thermal::exclude")
	included, includeErr := include.compile()
	excluded, excludeErr := exclude.compile()
	if included == nil {
		included = func(chip string) bool { return !probe.ReadWhenNamed(chip) }
	}
	return func(chip string) bool {
		return included(chip) && (excluded == nil || !excluded(chip))
	}, errors.Join(includeErr, excludeErr, checkOverlap(&include, &exclude))
}

func (t *ThermalConfig) validate() error {
	_, err := t.filter()
	return err
}

func wantThermal(cfg *Config, want *snapshot.Want) {
	want.Thermal.Temperatures, want.Thermal.Limits = cfg.Metrics.HwTemperature.Enabled, cfg.Metrics.HwTemperatureLimit.Enabled
}

func wantThermalDocument(_ *Config, want *snapshot.Want) {
	want.Thermal.Temperatures, want.Thermal.Limits = true, true
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

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

import (
	"errors"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sysfs"
)

// Source reads the temperature sensors of thermal zones and hwmon devices into snapshot.Thermal. It is not safe for
// concurrent use.
type Source struct {
	host  *source.Host
	chips *chipList
	round []blocking.Call // The sensors that a scrape reads.
}

// New returns the source of a host. keep reports whether the sensors of a chip are read, by the name of a hwmon device or
// the type of a thermal zone; it is called again only when the chips of the host have changed. No file stays open but the
// directory sys, which is closed with the host.
func New(h *source.Host, keep func(chip string) bool) *Source {
	return &Source{host: h, chips: newChipList(h, keep)}
}

// Read fills snapshot.Thermal with the sensors that respond within source.Options.Timeout, in thousandths of a degree
// Celsius, and reports whether any class of sensors could be listed. A sensor that does not respond, or has no temperature,
// is a fault of its own. One that timed out is skipped for up to 64 scrapes, and for as long as the read is pending. It
// implements source.Source.
func (t *Source) Read(sc *source.Scrape) (filled bool) {
	if want := &sc.Want.Thermal; !want.Temperatures && !want.Limits {
		return false
	}
	t.chips.refresh()
	for i := range t.chips.classes {
		c := &t.chips.classes[i]
		filled = filled || c.err == nil
		if c.err != nil {
			sc.Fault(c.name, c.err)
		}
		for j := range c.faults {
			sc.Fault(c.faults[j].Source, c.faults[j].Err)
		}
	}
	t.host.Calls.Run(sc.Context, t.due(sc.Want.Thermal))
	t.fill(sc)
	return filled
}

// due returns the sensors that this scrape reads, in this order: those that the last scrape did not reach, those that
// responded, and those that may be slow.
func (t *Source) due(want snapshot.ThermalWant) []blocking.Call {
	t.round = t.round[:0]
	for _, s := range t.chips.sensors {
		if s.due = s.isDue() && !t.host.Calls.Pending(s); s.due {
			s.want = want
		}
	}
	for rank := range 3 {
		for _, s := range t.chips.sensors {
			if s.due && s.rank(t.host.Calls.ProvenFast(s)) == rank {
				t.round = append(t.round, s)
			}
		}
	}
	return t.round
}

// rank orders the sensors of a round. Those that were not proven fast come last, because the pool stops there once too many
// calls are blocked.
func (s *sensor) rank(provenFast bool) int {
	switch {
	case provenFast && s.missed:
		return 0
	case provenFast:
		return 1
	}
	return 2
}

// fill adds the results of the round to the snapshot, and reports the faults.
func (t *Source) fill(sc *source.Scrape) {
	all := &sc.Snapshot.Thermal
	all.Cut = uint64(t.chips.dropped)
	missed := false
	for _, s := range t.chips.sensors {
		result := t.host.Calls.Err(s)
		err := s.check(result)
		s.missed = err == errNotReached //nolint:errorlint // It is never wrapped.
		missed = missed || s.missed
		if s.due && errors.Is(result, blocking.ErrStuck) {
			s.timedOut()
		}
		if s.due && result == nil {
			s.responded()
			t.add(s, all)
		}
		if s.missed || t.isVanishing(s, err) {
			continue
		}
		if err != nil {
			sc.Fault(s.source, err)
		}
	}
	if missed {
		sc.Fault("sensors", errNotReached)
	}
	if t.chips.dropped > 0 {
		sc.Fault("number of sensors", errTooManySensors)
	}
}

// add appends a sensor that responded to the snapshot, if it has a temperature or a limit.
func (t *Source) add(s *sensor, all *snapshot.Thermal) {
	if !s.labelKnown && s.labelErr == nil {
		s.sample.Label, s.labelKnown = intern.Text(sysfs.Line(s.text), t.host.MaxLength), true
	}
	if !s.read.Temperature.Known && !s.read.Max.Known && !s.read.Critical.Known {
		return
	}
	s.sample.Temperature, s.sample.Max, s.sample.Critical = s.read.Temperature, s.read.Max, s.read.Critical
	all.Sensors = append(all.Sensors, s.sample)
}

// isVanishing reports whether a sensor was not found for the first time, which is no fault: it was removed since the last
// discovery, and the next one will not find it.
func (t *Source) isVanishing(s *sensor, err error) (first bool) {
	if !s.due || !isUnplugged(err) {
		s.vanished = false
		return false
	}
	first = !s.vanished
	s.vanished, t.chips.dirty = true, true
	return first
}

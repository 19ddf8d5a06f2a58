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

// thermalSource asks the sensors of thermal zones and hwmon devices for their temperatures.
type Source struct {
	host  *source.Host
	chips *chipList
	round []blocking.Call
}

func New(h *source.Host, keep func(chip string) bool) *Source {
	return &Source{host: h, chips: newChipList(h, keep)}
}

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

// due are the sensors that are asked in this scrape: those that the last one did not get to before others that answered
// then, and those that may be slow last.
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

// rank orders the sensors of a round. Those that have not proved themselves come last, or the callPool would not ask the
// others while too many hang.
func (s *sensor) rank(provenFast bool) int {
	switch {
	case provenFast && s.missed:
		return 0
	case provenFast:
		return 1
	}
	return 2
}

// fill puts the answers into the snapshot.
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
			s.slow()
		}
		if s.due && result == nil {
			s.answered()
			t.take(s, all)
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

// take puts what a sensor has said into the snapshot, if it has said anything.
func (t *Source) take(s *sensor, all *snapshot.Thermal) {
	if !s.named && s.labelErr == nil {
		s.told.Label, s.named = intern.Text(sysfs.Line(s.text), t.host.MaxLength), true
	}
	if !s.read.Temperature.Known && !s.read.Max.Known && !s.read.Critical.Known {
		return
	}
	s.told.Temperature, s.told.Max, s.told.Critical = s.read.Temperature, s.read.Max, s.read.Critical
	all.Sensors = append(all.Sensors, s.told)
}

// isAway reports whether a sensor was not found for the first time: it has gone since the chips were looked at, and the next
// look will not find it either.
func (t *Source) isVanishing(s *sensor, err error) (away bool) {
	if !s.due || !isUnplugged(err) {
		s.vanished = false
		return false
	}
	away = !s.vanished
	s.vanished, t.chips.dirty = true, true
	return away
}

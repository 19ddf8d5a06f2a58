// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/shirou/gopsutil/v4/sensors"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// The range of possible temperatures, in degrees Celsius.
const (
	lowest  = snapshot.LowestTemperature / 1000
	highest = snapshot.HighestTemperature / 1000
)

// Temperatures fills the sensors that gopsutil reports and keep selects. What they are called is all that is known of them: it is
// their ID and their chip, and those called the same have a number behind it. It waits no longer than timeout, and ctx, for
// a read that may block forever; while one is blocked, further calls return context.DeadlineExceeded. What could be read is
// there besides an error.
func (r *Reader) Temperatures(ctx context.Context, timeout time.Duration, s *snapshot.Thermal, keep func(name string) bool) error {
	if !r.sensorsInFlight.CompareAndSwap(false, true) {
		return context.DeadlineExceeded
	}
	type answer struct {
		stats []sensors.TemperatureStat
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		stats, err := sensors.TemperaturesWithContext(r.ctx)
		r.sensorsInFlight.Store(false)
		answers <- answer{stats, err}
	}()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	select {
	case a := <-answers:
		appendSensors(s, a.stats, keep)
		return a.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func appendSensors(s *snapshot.Thermal, stats []sensors.TemperatureStat, keep func(name string) bool) {
	taken := map[string]bool{}
	for i := range stats {
		one := &stats[i]
		name := text(one.SensorKey)
		if !keep(name) {
			continue
		}
		sensor := snapshot.Sensor{Chip: name, Max: limitOf(one.High), Critical: limitOf(one.Critical)}
		if one.Temperature >= lowest && one.Temperature <= highest {
			sensor.Temperature = milli(one.Temperature)
		}
		if !sensor.Temperature.Known && !sensor.Max.Known && !sensor.Critical.Known {
			continue
		}
		sensor.ID = name
		for n := 1; taken[sensor.ID]; n++ {
			sensor.ID = name + "#" + strconv.Itoa(n)
		}
		taken[sensor.ID] = true
		s.Sensors = append(s.Sensors, sensor)
	}
}

// limitOf is a limit. gopsutil says 0 where there is none.
func limitOf(celsius float64) snapshot.Temperature {
	if celsius > 0 && celsius <= highest {
		return milli(celsius)
	}
	return snapshot.Temperature{}
}

func milli(celsius float64) snapshot.Temperature {
	return snapshot.Temperature{Milli: int64(math.Round(celsius * 1000)), Known: true}
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package portable

import (
	"testing"

	"github.com/shirou/gopsutil/v4/sensors"
	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestTemperatures: impossible ones are omitted, and so are such limits, but not the rest of the sensor.
func TestTemperatures(t *testing.T) {
	known := func(n int64) snapshot.Temperature { return snapshot.Temperature{Milli: n, Known: true} }
	var s snapshot.Thermal
	appendSensors(&s, []sensors.TemperatureStat{
		{SensorKey: "a", Temperature: -273.2, High: 80},
		{SensorKey: "b", Temperature: -100, High: 250.5, Critical: 250},
		{SensorKey: "c", Temperature: 250.001},
		{SensorKey: "d", Temperature: 250, High: 80, Critical: -1},
		{SensorKey: "e", Temperature: 45, High: 65261.85},
	}, func(string) bool { return true })
	assert.Equal(t, []snapshot.Sensor{
		{ID: "a", Chip: "a", Max: known(80_000)},
		{ID: "b", Chip: "b", Temperature: known(-100_000), Critical: known(250_000)},
		{ID: "d", Chip: "d", Temperature: known(250_000), Max: known(80_000)},
		{ID: "e", Chip: "e", Temperature: known(45_000)},
	}, s.Sensors)
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Thermal is the temperatures of the host's hardware.
type Thermal struct {
	// Sensors are those that answered, each ID once.
	Sensors []Sensor
	// Cut is how many sensors there are that were dropped because there are too many.
	Cut uint64
}

// Sensor is one temperature sensor.
type Sensor struct {
	ID    string // Path of the device below /sys, and the sensor on it: the same after a reboot.
	Chip  string // Name of the chip or the type of the thermal zone.
	Label string // What is measured, as the chip labels it. Empty where it does not.
	// Temperature is now; Max is from where on the hardware slows down or suffers, Critical from where on it is switched
	// off.
	Temperature, Max, Critical Temperature
}

// Temperature is in thousandths of a degree Celsius. An unknown one is absent.
type Temperature struct {
	Milli int64
	Known bool
}

// The range of possible temperatures, in thousandths of a degree Celsius. Drivers return values outside it for an unknown
// temperature.
const (
	LowestTemperature  = -100_000
	HighestTemperature = 250_000
)

// ThermalWant selects fields of Sensor.
type ThermalWant struct {
	Temperatures bool
	Limits       bool // Max and Critical.
}

// Any reports whether any sensor is read.
func (w ThermalWant) Any() bool { return w.Temperatures || w.Limits }

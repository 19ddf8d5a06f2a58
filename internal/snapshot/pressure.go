// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// PressureResource is what tasks can wait for.
type PressureResource uint8

// The resources.
const (
	PressureCPU PressureResource = iota
	PressureMemory
	PressureIO
	PressureIRQ
	// NumPressureResources is how many there are.
	NumPressureResources
)

var pressureNames = [NumPressureResources]string{
	PressureCPU: "cpu", PressureMemory: "memory", PressureIO: "io", PressureIRQ: "irq",
}

// String is the resource's name, that of its file too.
func (r PressureResource) String() string { return pressureNames[r] }

// Pressure is how long tasks waited for each resource.
type Pressure [NumPressureResources]struct {
	Some Stall // At least one task waited.
	Full Stall // All tasks that were not idle waited.
}

// Stall is one kind of waiting.
type Stall struct {
	Total Quantity // Since boot, in nanoseconds.
	// Share of the last 10, 60 and 300 seconds, in hundredths of a percent.
	Avg10, Avg60, Avg300 Quantity
}

// PressureWant selects the resources whose pressure is read.
type PressureWant [NumPressureResources]bool

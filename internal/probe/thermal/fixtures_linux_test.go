// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// allTemperatures selects all that a sensor has.
var allTemperatures = snapshot.Want{Thermal: snapshot.ThermalWant{Temperatures: true, Limits: true}}

// open returns a reader of all sensors but those of drives, as package probe reads by default, and its source.
func open(t testing.TB, o source.Options, want snapshot.Want) (*sourcetest.Reader, *Source) {
	t.Helper()
	return openChips(t, o, want, func(chip string) bool { return !ReadWhenNamed(chip) })
}

// openChips is open with another filter.
func openChips(t testing.TB, o source.Options, want snapshot.Want, keep func(chip string) bool) (*sourcetest.Reader, *Source) {
	t.Helper()
	src := New(sourcetest.Open(t, o), keep)
	return &sourcetest.Reader{Domain: snapshot.DomainThermal, Source: src, Want: want}, src
}

// readOnce takes the first snapshot of a new source, and returns the faults.
func readOnce(t testing.TB, o source.Options, want snapshot.Want, s *snapshot.Snapshot) []source.Fault {
	t.Helper()
	r, _ := open(t, o, want)
	return r.Read(t, s, 1)
}

// sensorLines formats the sensors, one a line, in their order.
func sensorLines(s *snapshot.Snapshot) (lines []string) {
	number := func(name string, t snapshot.Temperature) string {
		if !t.Known {
			return ""
		}
		return fmt.Sprintf(" %s%d", name, t.Milli)
	}
	for i := range s.Thermal.Sensors {
		one := &s.Thermal.Sensors[i]
		lines = append(lines, fmt.Sprintf("%s %s %q%s%s%s", one.ID, one.Chip, one.Label,
			number("", one.Temperature), number("max ", one.Max), number("crit ", one.Critical)))
	}
	return lines
}

// chipRoot makes a root with one hwmon device, platform/chip, that has these files.
func chipRoot(t testing.TB, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	require.NoError(t, os.MkdirAll(root+"/sys/class/thermal", 0o755))
	addChip(t, root, 0, "platform/chip", files)
	return root
}

// addChip adds a hwmon device of a device below sys/devices.
func addChip(t testing.TB, root string, number int, device string, files map[string]string) {
	t.Helper()
	path := fmt.Sprintf("devices/%s/hwmon/hwmon%d", device, number)
	hosttest.Link(t, root, fmt.Sprintf("sys/class/hwmon/hwmon%d", number), "../../"+path)
	for name, text := range files {
		hosttest.Write(t, root, "sys/"+path+"/"+name, text)
	}
}

// chipInput is the file of the first sensor of chipRoot.
const chipInput = "sys/devices/platform/chip/hwmon/hwmon0/temp1_input"

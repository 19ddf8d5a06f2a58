// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestStrangeChips: names in the snapshot are valid UTF-8, whatever the driver reports, and a chip may have no name.
func TestStrangeChips(t *testing.T) {
	root := chipRoot(t, map[string]string{"name": "ch\x1bip\xff \n", "temp1_input": "1\n", "temp1_label": "  Core\x000 \n", "temp2_input": "2\n", "temp2_label": "\n"})
	addChip(t, root, 1, "platform/nameless", map[string]string{"temp1_input": "3\n"})
	addChip(t, root, 2, "platform/cold", map[string]string{"name": "fan\n", "fan1_input": "1200\n"})
	var s snapshot.Snapshot
	faults := readOnce(t, source.Options{Root: root}, allTemperatures, &s)
	assert.Equal(t, []string{
		`devices/platform/chip/temp1 ch\x1bip\xff "Core\\x000" 1`,
		`devices/platform/chip/temp2 ch\x1bip\xff "" 2`,
		`devices/platform/nameless/temp1  "" 3`,
	}, sensorLines(&s))
	assert.Empty(t, faults)
}

// TestOldHwmon reads drivers of old kernels: files in the directory of the device, zones as hwmon devices without a parent,
// and entries that are not symbolic links.
func TestOldHwmon(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "sys/devices/virtual/thermal/thermal_zone0/type", "cpu-thermal\n")
	hosttest.Write(t, root, "sys/devices/virtual/thermal/thermal_zone0/temp", "50000\n")
	hosttest.Link(t, root, "sys/class/thermal/thermal_zone0", "../../devices/virtual/thermal/thermal_zone0")
	for number, name := range []string{"cpu_thermal", "virtual"} {
		dir := fmt.Sprintf("devices/virtual/hwmon/hwmon%d", number)
		hosttest.Write(t, root, "sys/"+dir+"/name", name+"\n")
		hosttest.Write(t, root, "sys/"+dir+"/temp1_input", "50000\n")
		hosttest.Link(t, root, fmt.Sprintf("sys/class/hwmon/hwmon%d", number), "../../"+dir)
	}
	hosttest.Write(t, root, "sys/devices/platform/it87.656/name", "it8712\n")
	hosttest.Write(t, root, "sys/devices/platform/it87.656/temp1_input", "40000\n")
	hosttest.Link(t, root, "sys/devices/platform/it87.656/hwmon/hwmon2/device", "../../../it87.656")
	hosttest.Link(t, root, "sys/class/hwmon/hwmon2", "../../devices/platform/it87.656/hwmon/hwmon2")
	hosttest.Write(t, root, "sys/class/hwmon/hwmon3/name", "plain\n")
	hosttest.Write(t, root, "sys/class/hwmon/hwmon3/temp1_input", "30000\n")
	var s snapshot.Snapshot
	assert.Empty(t, readOnce(t, source.Options{Root: root}, allTemperatures, &s))
	assert.Equal(t, []string{
		`devices/virtual/thermal/cpu-thermal/temp cpu-thermal "" 50000`,
		`devices/virtual/hwmon/virtual/temp1 virtual "" 50000`,
		`devices/platform/it87.656/temp1 it8712 "" 40000`,
		`devices/virtual/hwmon/plain/temp1 plain "" 30000`,
	}, sensorLines(&s))
}

// TestPolicyZone: the zone of the DPTF policies is not a sensor, whether its file has 20 °C or an invalid temperature, and
// whatever the filter keeps. Neither is the hwmon device that old kernels make of it.
func TestPolicyZone(t *testing.T) {
	for _, temp := range []string{"20000\n", "-274000\n"} {
		root := t.TempDir()
		for i, zone := range []string{"INT3400 Thermal", "TSKN"} {
			path := fmt.Sprintf("sys/devices/virtual/thermal/thermal_zone%d", i)
			hosttest.Link(t, root, fmt.Sprintf("sys/class/thermal/thermal_zone%d", i), fmt.Sprintf("../../devices/virtual/thermal/thermal_zone%d", i))
			hosttest.Write(t, root, path+"/type", zone+"\n")
			hosttest.Write(t, root, path+"/temp", temp)
			hosttest.Write(t, root, path+"/trip_point_0_type", "critical\n")
			hosttest.Write(t, root, path+"/trip_point_0_temp", "90000\n")
		}
		addChip(t, root, 0, "virtual", map[string]string{"name": "INT3400 Thermal\n", "temp1_input": temp, "temp1_crit": "90000\n"})
		var s snapshot.Snapshot
		r, _ := openChips(t, source.Options{Root: root}, allTemperatures, func(string) bool { return true })
		faults := r.Read(t, &s, 1)
		if temp == "20000\n" {
			assert.Empty(t, faults)
			assert.Equal(t, []string{`devices/virtual/thermal/TSKN/temp TSKN "" 20000 crit 90000`}, sensorLines(&s))
		} else {
			assert.Equal(t, []source.Fault{{
				Domain: snapshot.DomainThermal, Source: "sensor devices/virtual/thermal/TSKN/temp", Reason: source.Unavailable, Err: errNoTemperature,
			}}, faults)
			assert.Equal(t, []string{`devices/virtual/thermal/TSKN/temp TSKN "" crit 90000`}, sensorLines(&s))
		}
	}
}

// TestSameDevice: two hwmon devices of one device have different IDs, however short IDs must be.
func TestSameDevice(t *testing.T) {
	root := chipRoot(t, map[string]string{"name": "chip\n", "temp1_input": "1\n"})
	addChip(t, root, 1, "platform/chip", map[string]string{"name": "chip\n", "temp1_input": "2\n"})
	addChip(t, root, 2, "platform/chip#1", map[string]string{"name": "chip\n", "temp1_input": "3\n"})
	var s snapshot.Snapshot
	assert.Empty(t, readOnce(t, source.Options{Root: root}, allTemperatures, &s))
	assert.Equal(t, []string{
		`devices/platform/chip/temp1 chip "" 1`, `devices/platform/chip#1/temp1 chip "" 2`, `devices/platform/chip#1#1/temp1 chip "" 3`,
	}, sensorLines(&s))
	assert.Empty(t, readOnce(t, source.Options{Root: root, MaxLength: 5}, allTemperatures, &s))
	assert.Equal(t, []string{`d/temp1 chip "" 1`, `d#1/temp1 chip "" 2`, `d#2/temp1 chip "" 3`}, sensorLines(&s))
}

// TestChipsComeAndGo: a chip that is removed is no fault, and one that is added is read by the next scrape.
func TestChipsComeAndGo(t *testing.T) {
	root := chipRoot(t, map[string]string{"name": "chip\n", "temp1_input": "1\n"})
	r, _ := open(t, source.Options{Root: root}, allTemperatures)
	var s snapshot.Snapshot
	read := func() []string {
		t.Helper()
		assert.Empty(t, r.Read(t, &s, 1))
		return sensorLines(&s)
	}
	first := `devices/platform/chip/temp1 chip "" 1`
	assert.Equal(t, []string{first}, read())
	addChip(t, root, 1, "usb/device", map[string]string{"name": "usb\n", "temp1_input": "2\n"})
	assert.Equal(t, []string{first, `devices/usb/device/temp1 usb "" 2`}, read())

	// The kernel reuses the number of a removed chip.
	require.NoError(t, os.Remove(root+"/sys/class/hwmon/hwmon1"))
	require.NoError(t, os.RemoveAll(root+"/sys/devices/usb"))
	addChip(t, root, 1, "usb/other", map[string]string{"name": "usb\n", "temp1_input": "3\n"})
	assert.Equal(t, []string{first}, read(), "it is removed, but the numbers are the same")
	assert.Equal(t, []string{first, `devices/usb/other/temp1 usb "" 3`}, read())

	require.NoError(t, os.Remove(root+"/sys/class/hwmon/hwmon1"))
	assert.Equal(t, []string{first}, read())

	// Files that a driver adds to a chip are found within discoveryPeriod.
	hosttest.Write(t, root, "sys/devices/platform/chip/hwmon/hwmon0/temp2_input", "4\n")
	for range discoveryPeriod {
		read()
	}
	assert.Equal(t, []string{first, `devices/platform/chip/temp2 chip "" 4`}, read())

	// A file that is listed and does not exist is a fault, but only if the next discovery lists it again.
	hosttest.Remove(t, root, chipInput)
	hosttest.Link(t, root, chipInput, "nowhere")
	assert.Empty(t, r.Read(t, &s, 1))
	for range 2 {
		assert.Equal(t, []source.Fault{{Domain: snapshot.DomainThermal, Source: "sensor devices/platform/chip/temp1", Reason: source.Unavailable, Err: unix.ENOENT}}, r.Read(t, &s, 1))
	}
}

// TestCoreComesOnline: the state of a chip's sensors is kept when others are added.
func TestCoreComesOnline(t *testing.T) {
	root := chipRoot(t, map[string]string{"name": "chip\n", "temp1_input": "1\n"})
	r, src := open(t, source.Options{Root: root}, allTemperatures)
	var s snapshot.Snapshot
	r.Read(t, &s, 1)
	list := src.chips
	before := list.sensors[0]
	before.timedOut()
	hosttest.Write(t, root, "sys/devices/platform/chip/hwmon/hwmon0/temp2_input", "2\n")
	list.dirty = true
	r.Read(t, &s, 1)
	require.Len(t, list.sensors, 2)
	assert.Same(t, before, list.sensors[0])
}

// TestNoSensors: a missing class is one fault.
func TestNoSensors(t *testing.T) {
	root := t.TempDir()
	r, _ := open(t, source.Options{Root: root}, allTemperatures)
	var s snapshot.Snapshot
	for range 2 {
		assert.Equal(t, []source.Fault{
			{Domain: snapshot.DomainThermal, Source: "sys/class/thermal", Reason: source.Unavailable, Err: unix.ENOENT},
			{Domain: snapshot.DomainThermal, Source: "sys/class/hwmon", Reason: source.Unavailable, Err: unix.ENOENT},
		}, r.Read(t, &s, 1))
		assert.False(t, s.Filled.Has(snapshot.DomainThermal))
	}
	require.NoError(t, os.MkdirAll(root+"/sys/class/hwmon", 0o755))
	assert.Len(t, r.Read(t, &s, 1), 1)
	assert.True(t, s.Filled.Has(snapshot.DomainThermal))
}

// TestUnreadableChip: a chip whose name cannot be read drops its own sensors only.
func TestUnreadableChip(t *testing.T) {
	root := chipRoot(t, map[string]string{"name": "chip\n", "temp1_input": "1\n"})
	addChip(t, root, 1, "platform/odd", map[string]string{"name/x": "", "temp1_input": "2\n"})
	r, _ := open(t, source.Options{Root: root}, allTemperatures)
	var s snapshot.Snapshot
	for range discoveryPeriod + 2 {
		faults := r.Read(t, &s, 1)
		require.Len(t, faults, 1)
		assert.Equal(t, "sys/class/hwmon/hwmon1", faults[0].Source)
		assert.Len(t, s.Thermal.Sensors, 1)
	}
}

// TestClassCannotBeListed: known sensors are still read while their class cannot be listed, or their chip cannot be read.
func TestClassCannotBeListed(t *testing.T) {
	root := chipRoot(t, map[string]string{"name": "chip\n", "temp1_input": "1\n"})
	r, src := open(t, source.Options{Root: root}, allTemperatures)
	var s snapshot.Snapshot
	require.Empty(t, r.Read(t, &s, 1))
	before := src.chips.sensors[0]
	hosttest.Remove(t, root, "sys/devices/platform/chip/hwmon/hwmon0/name")
	require.NoError(t, os.Mkdir(root+"/sys/devices/platform/chip/hwmon/hwmon0/name", 0o755))
	for range discoveryPeriod {
		r.Read(t, &s, 1)
	}
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainThermal, Source: "sys/class/hwmon/hwmon0", Reason: source.Failed, Err: pseudofs.ErrNotRegular}}, r.Read(t, &s, 1))
	assert.Len(t, s.Thermal.Sensors, 1)
	require.NoError(t, os.RemoveAll(root+"/sys/class/hwmon"))
	hosttest.Write(t, root, "sys/class/hwmon", "")
	for range discoveryPeriod + 1 {
		faults := r.Read(t, &s, 1)
		assert.Equal(t, source.Fault{Domain: snapshot.DomainThermal, Source: "sys/class/hwmon", Reason: source.Failed, Err: unix.ENOTDIR}, faults[0])
		assert.Len(t, s.Thermal.Sensors, 1)
	}
	assert.Same(t, before, src.chips.sensors[0])
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/scan"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

const (
	pchZone  = "devices/virtual/thermal/pch-cannonlake/temp pch-cannonlake"
	faulty   = "sensor devices/platform/nct6775.656/temp3"
	firstDrv = "devices/pci0000:00/0000:00:1d.0/0000:03:00.0/"
)

// TestThermalHost reads the generated host at both moments: every sensor once, with the same ID at both.
func TestThermalHost(t *testing.T) {
	root := hosttest.Unpack(t, "generated-thermal", "t0")
	r, _ := open(t, source.Options{Root: root}, allTemperatures)
	var s snapshot.Snapshot
	faults := []source.Fault{
		{Domain: snapshot.DomainThermal, Source: faulty, Reason: source.Unavailable, Err: errFaulty},
	}
	for range 3 {
		assert.Equal(t, faults, r.Read(t, &s, 1))
	}
	assert.Equal(t, []string{
		`devices/LNXSYSTM:00/LNXSYBUS:01/LNXTHERM:00/temp acpitz "" 27800 max 95000 crit 119000`,
		`devices/LNXSYSTM:00/LNXSYBUS:01/LNXTHERM:01/temp acpitz "" 31000 max 99000 crit 105000`,
		`devices/virtual/thermal/x86_pkg_temp/temp x86_pkg_temp "" 45000`,
		`devices/virtual/thermal/x86_pkg_temp#1/temp x86_pkg_temp "" 43000 max 80000`,
		pchZone + ` "" 51500 max 108000 crit 115000`,
		`devices/platform/coretemp.0/temp1 coretemp "Package id 0" 45000 max 82000 crit 100000`,
		`devices/platform/coretemp.0/temp2 coretemp "Core 0" 43000 max 82000 crit 100000`,
		`devices/pci0000:00/0000:00:18.3/temp1 k10temp "Tctl" 52125`,
		`devices/pci0000:00/0000:00:18.3/temp3 k10temp "Tccd1" 49500`,
		`devices/platform/nct6775.656/temp1 nct6779 "SYSTIN" 33000`,
		`devices/platform/nct6775.656/temp2 nct6779 "CPUTIN" 40500 max 80000`,
		`devices/platform/nct6775.656/temp3 nct6779 "AUXTIN" max 80000`,
		`devices/platform/nct6775.656/temp4 nct6779 "AUXTIN" 25500`,
		`devices/platform/nct6775.656/temp8 nct6779 "PCH_CPU_TEMP" 0`,
		`devices/pci0000:00/0000:00:1f.4/i2c-0/0-0018/temp1 jc42 "" 30500 crit 95000`,
		`devices/pci0000:00/0000:00:1f.4/i2c-0/0-0019/temp1 jc42 "" 30750 crit 95000`,
	}, sensorLines(&s))
	before := sensorLines(&s)

	hosttest.Replace(t, root, "generated-thermal", "t1")
	assert.Equal(t, faults, r.Read(t, &s, 1))
	after := sensorLines(&s)
	assert.Len(t, after, len(before)+1)
	assert.Contains(t, after, `devices/platform/coretemp.0/temp10 coretemp "Core 8" 57000 max 82000 crit 100000`)
	assert.Contains(t, after, `devices/pci0000:00/0000:00:18.3/temp1 k10temp "Tctl" 70250`)
	for i := range s.Thermal.Sensors {
		id := s.Thermal.Sensors[i].ID + " "
		known := slices.ContainsFunc(before, func(line string) bool { return strings.HasPrefix(line, id) })
		assert.True(t, known || strings.HasSuffix(id, "coretemp.0/temp10 "), id)
	}
}

// TestDrivesWhenNamed: a filter that keeps them reads the sensors of drives.
func TestDrivesWhenNamed(t *testing.T) {
	for moment, want := range map[string][]string{
		"t0": {
			firstDrv + `temp1 nvme "Composite" 38850 max 81850 crit 84850`,
			firstDrv + `temp2 nvme "Sensor 1" 38850`,
			firstDrv + `temp3 nvme "Sensor 2" 41850`,
			`devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/temp1 drivetemp "" 31000 max 60000 crit 70000`,
		},
		"t1": {
			firstDrv + `temp1 nvme "Composite" 44850 max 81850 crit 84850`,
			firstDrv + `temp2 nvme "Sensor 1" 44850`,
			firstDrv + `temp3 nvme "Sensor 2" 51850`,
		},
	} {
		var s snapshot.Snapshot
		r, _ := openChips(t, source.Options{Root: hosttest.Unpack(t, "generated-thermal", moment)}, allTemperatures, ReadWhenNamed)
		assert.Empty(t, r.Read(t, &s, 1))
		assert.Equal(t, want, sensorLines(&s))
	}
}

// TestThermalWant: limits are read only if selected, and so are temperatures.
func TestThermalWant(t *testing.T) {
	root := hosttest.Unpack(t, "generated-thermal", "t0")
	var s snapshot.Snapshot
	readOnce(t, source.Options{Root: root}, snapshot.Want{Thermal: snapshot.ThermalWant{Temperatures: true}}, &s)
	for i := range s.Thermal.Sensors {
		assert.False(t, s.Thermal.Sensors[i].Max.Known || s.Thermal.Sensors[i].Critical.Known)
	}
	assert.Len(t, s.Thermal.Sensors, 15)
	assert.Empty(t, readOnce(t, source.Options{Root: root}, snapshot.Want{Thermal: snapshot.ThermalWant{Limits: true}}, &s), "no temperature was read")
	for i := range s.Thermal.Sensors {
		assert.False(t, s.Thermal.Sensors[i].Temperature.Known)
	}
	assert.Len(t, s.Thermal.Sensors, 10)
}

// TestMalformedSensor: malformed contents of a file drop its own sensor only.
func TestMalformedSensor(t *testing.T) {
	malformed := &scan.LineError{First: 1, Count: 1}
	for text, want := range map[string]error{
		"": malformed, "\n": malformed, "N/A\n": malformed, "1.5\n": malformed, "45000\n45000\n": malformed,
		strings.Repeat("1", maxText): malformed, "99999999999999999999\n": malformed, "\xff\n": malformed,
		"-274000\n": errNoTemperature, "65261850\n": errNoTemperature, "-9223372036854775807\n": errNoTemperature,
		"-273200\n": errNoTemperature, "-263000\n": errNoTemperature, "-128000\n": errNoTemperature, "-100001\n": errNoTemperature,
		"250001\n": errNoTemperature, "255000\n": errNoTemperature, "3276700\n": errNoTemperature,
	} {
		root := chipRoot(t, map[string]string{"name": "chip\n", "temp1_input": text, "temp2_input": "-5250\n"})
		r, _ := open(t, source.Options{Root: root}, allTemperatures)
		var s snapshot.Snapshot
		for range 2 {
			faults := r.Read(t, &s, 1)
			require.Len(t, faults, 1, "%q", text)
			assert.Equal(t, "sensor devices/platform/chip/temp1", faults[0].Source)
			assert.Equal(t, want, faults[0].Err, "%q", text)
			assert.Equal(t, []string{`devices/platform/chip/temp2 chip "" -5250`}, sensorLines(&s))
		}
		hosttest.Write(t, root, chipInput, "1000\n")
		assert.Empty(t, r.Read(t, &s, 1), "recovered")
		assert.Len(t, s.Thermal.Sensors, 2)
	}
}

// TestInvalidLimits: limits that were never set, or are malformed, are omitted.
func TestInvalidLimits(t *testing.T) {
	for _, text := range []string{"0\n", "-1000\n", "-128000\n", "-273200\n", "250001\n", "3276700\n", "65261850\n", "", "N/A\n", "9223372036854775807\n"} {
		root := chipRoot(t, map[string]string{"name": "chip\n", "temp1_input": "20000\n", "temp1_max": text, "temp1_crit": text})
		var s snapshot.Snapshot
		assert.Empty(t, readOnce(t, source.Options{Root: root}, allTemperatures, &s))
		assert.Equal(t, []string{`devices/platform/chip/temp1 chip "" 20000`}, sensorLines(&s), "%q", text)
	}
}

// TestTemperaturesAtTheEdge: the lowest and the highest valid temperature, and limits.
func TestTemperaturesAtTheEdge(t *testing.T) {
	root := chipRoot(t, map[string]string{
		"name": "chip\n", "temp1_input": "-100000\n", "temp2_input": "250000\n", "temp2_max": "250000\n", "temp2_crit": "1\n",
	})
	var s snapshot.Snapshot
	assert.Empty(t, readOnce(t, source.Options{Root: root}, allTemperatures, &s))
	assert.Equal(t, []string{
		`devices/platform/chip/temp1 chip "" -100000`,
		`devices/platform/chip/temp2 chip "" 250000 max 250000 crit 1`,
	}, sensorLines(&s))
}

// TestTooManySensors: the bound holds, and the sensors beyond it are counted.
func TestTooManySensors(t *testing.T) {
	files := map[string]string{"name": "chip\n"}
	for i := range maxSensors + 10 {
		files[fmt.Sprintf("temp%d_input", i)] = "1\n"
	}
	var s snapshot.Snapshot
	faults := readOnce(t, source.Options{Root: chipRoot(t, files), Timeout: blocking.MaxTimeout}, allTemperatures, &s)
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainThermal, Source: "number of sensors", Reason: source.Failed, Err: errTooManySensors}}, faults)
	assert.Len(t, s.Thermal.Sensors, maxSensors)
	assert.Equal(t, uint64(10), s.Thermal.Cut)
}

// TestThermalNoAllocs: reading sensors, also those without a temperature, and discovering chips again allocate nothing, and
// no descriptor stays open.
func TestThermalNoAllocs(t *testing.T) {
	root := hosttest.Unpack(t, "generated-thermal", "t0")
	r, src := openChips(t, source.Options{Root: root}, allTemperatures, func(string) bool { return true })
	var s snapshot.Snapshot
	descriptors := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(entries)
	}
	r.Read(t, &s, 1)
	before := descriptors()
	hosttest.NoAllocs(t, func() { r.Read(t, &s, 1) })
	list := src.chips
	hosttest.NoAllocs(t, func() {
		list.dirty = true
		r.Read(t, &s, 1)
	})
	assert.Len(t, s.Thermal.Sensors, 20)
	assert.Equal(t, before, descriptors())
}

// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package thermal

import (
	"cmp"
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

var allTemperatures = snapshot.Want{Thermal: snapshot.ThermalWant{Temperatures: true, Limits: true}}

func everyChip(string) bool { return true }

func readThermal(p *reader, s *snapshot.Snapshot) []source.Fault {
	return readDomain(p, s, 1, snapshot.DomainThermal)
}

// sensorLines are the sensors in words, in their order.
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

const (
	pchZone  = "devices/virtual/thermal/pch-cannonlake/temp pch-cannonlake"
	faulty   = "sensor devices/platform/nct6775.656/temp3"
	unknown  = "sensor devices/virtual/thermal/INT3400 Thermal/temp"
	firstDrv = "devices/pci0000:00/0000:00:1d.0/0000:03:00.0/"
)

// TestThermalHost reads the generated host at both moments: every sensor once, under the same name at both.
func TestThermalHost(t *testing.T) {
	root := hosttest.Unpack(t, "generated-thermal", "t0")
	p := open(t, Options{Root: root}, allTemperatures)
	var s snapshot.Snapshot
	faults := []source.Fault{
		{Domain: snapshot.DomainThermal, Source: unknown, Reason: source.Unavailable, Err: errNoTemperature},
		{Domain: snapshot.DomainThermal, Source: faulty, Reason: source.Unavailable, Err: errFaulty},
	}
	for range 3 {
		assert.Equal(t, faults, readThermal(p, &s))
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
	assert.Equal(t, faults, readThermal(p, &s))
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

// TestDrivesWhenNamed: nobody who has not named drives wakes them.
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
		assert.Empty(t, readThermal(open(t, Options{Root: hosttest.Unpack(t, "generated-thermal", moment), ChipFilter: ReadWhenNamed}, allTemperatures), &s))
		assert.Equal(t, want, sensorLines(&s))
	}
}

// TestThermalWant: without limits none is read, without temperatures no sensor.
func TestThermalWant(t *testing.T) {
	root := hosttest.Unpack(t, "generated-thermal", "t0")
	var s snapshot.Snapshot
	readThermal(open(t, Options{Root: root}, snapshot.Want{Thermal: snapshot.ThermalWant{Temperatures: true}}), &s)
	for i := range s.Thermal.Sensors {
		assert.False(t, s.Thermal.Sensors[i].Max.Known || s.Thermal.Sensors[i].Critical.Known)
	}
	assert.Len(t, s.Thermal.Sensors, 15)
	assert.Empty(t, readThermal(open(t, Options{Root: root}, snapshot.Want{Thermal: snapshot.ThermalWant{Limits: true}}), &s), "no sensor was asked")
	for i := range s.Thermal.Sensors {
		assert.False(t, s.Thermal.Sensors[i].Temperature.Known)
	}
	assert.Len(t, s.Thermal.Sensors, 10)
}

// TestMalformedSensor: text that no driver writes costs its own sensor only.
func TestMalformedSensor(t *testing.T) {
	malformed := &scan.LineError{First: 1, Count: 1}
	for text, want := range map[string]error{
		"": malformed, "\n": malformed, "N/A\n": malformed, "1.5\n": malformed, "45000\n45000\n": malformed,
		strings.Repeat("1", maxText): malformed, "99999999999999999999\n": malformed, "\xff\n": malformed,
		"-274000\n": errNoTemperature, "65261850\n": errNoTemperature, "-9223372036854775807\n": errNoTemperature,
	} {
		root := chipRoot(t, map[string]string{"name": "chip\n", "temp1_input": text, "temp2_input": "-5250\n"})
		p := open(t, Options{Root: root}, allTemperatures)
		var s snapshot.Snapshot
		for range 2 {
			faults := readThermal(p, &s)
			require.Len(t, faults, 1, "%q", text)
			assert.Equal(t, "sensor devices/platform/chip/temp1", faults[0].Source)
			assert.Equal(t, want, faults[0].Err, "%q", text)
			assert.Equal(t, []string{`devices/platform/chip/temp2 chip "" -5250`}, sensorLines(&s))
		}
		hosttest.Write(t, root, chipInput, "1000\n")
		assert.Empty(t, readThermal(p, &s), "it is well again")
		assert.Len(t, s.Thermal.Sensors, 2)
	}
}

// TestLimitsThatAreNone are those of chips whose limits nobody has set, and text that is no number.
func TestLimitsThatAreNone(t *testing.T) {
	for _, text := range []string{"0\n", "-1000\n", "-128000\n", "65261850\n", "", "N/A\n", "9223372036854775807\n"} {
		root := chipRoot(t, map[string]string{"name": "chip\n", "temp1_input": "20000\n", "temp1_max": text, "temp1_crit": text})
		var s snapshot.Snapshot
		assert.Empty(t, readThermal(open(t, Options{Root: root}, allTemperatures), &s))
		assert.Equal(t, []string{`devices/platform/chip/temp1 chip "" 20000`}, sensorLines(&s), "%q", text)
	}
}

// TestTooManySensors: the bound holds, and what is beyond it is counted.
func TestTooManySensors(t *testing.T) {
	files := map[string]string{"name": "chip\n"}
	for i := range maxSensors + 10 {
		files[fmt.Sprintf("temp%d_input", i)] = "1\n"
	}
	var s snapshot.Snapshot
	faults := readThermal(open(t, Options{Root: chipRoot(t, files), CallTimeout: blocking.MaxTimeout}, allTemperatures), &s)
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainThermal, Source: "number of sensors", Reason: source.Failed, Err: errTooManySensors}}, faults)
	assert.Len(t, s.Thermal.Sensors, maxSensors)
	assert.Equal(t, uint64(10), s.Thermal.Cut)
}

// TestThermalNoAllocs: nothing is allocated for sensors, not for those that have no temperature and not when chips are
// looked at again, and no descriptor is left open.
func TestThermalNoAllocs(t *testing.T) {
	root := hosttest.Unpack(t, "generated-thermal", "t0")
	p := open(t, Options{Root: root, ChipFilter: everyChip}, allTemperatures)
	var s snapshot.Snapshot
	open := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(entries)
	}
	readThermal(p, &s)
	before := open()
	hosttest.NoAllocs(t, func() { readThermal(p, &s) })
	list := sourceOf[*Source](p).chips
	hosttest.NoAllocs(t, func() {
		list.dirty = true
		readThermal(p, &s)
	})
	assert.Len(t, s.Thermal.Sensors, 20)
	assert.Equal(t, before, open())
}

// TestThermalTwins reads the same sensors with both backends, by the names that gopsutil gives them.
func TestThermalTwins(t *testing.T) {
	for _, moment := range []string{"t0", "t1"} {
		root := hosttest.Unpack(t, "generated-thermal", moment)
		var native, twin snapshot.Snapshot
		readThermal(open(t, Options{Root: root, ChipFilter: everyChip}, allTemperatures), &native)
		assert.Empty(t, readThermal(open(t, Options{Root: root, ChipFilter: everyChip, Backend: BackendPortable}, allTemperatures), &twin))
		mine, others := []snapshot.Sensor{}, []snapshot.Sensor{}
		for _, one := range native.Thermal.Sensors {
			if strings.HasSuffix(one.ID, "/temp") || !one.Temperature.Known {
				continue // gopsutil reads no zones where there are hwmon devices, and of a faulty sensor what it says.
			}
			one.Chip = strings.TrimSuffix(one.Chip+"_"+strings.ReplaceAll(strings.ToLower(one.Label), " ", "_"), "_")
			one.ID, one.Label = "", ""
			mine = append(mine, one)
		}
		for _, one := range twin.Thermal.Sensors {
			if one.Chip != "acpitz" && one.Temperature.Milli != -62000 {
				one.ID = ""
				others = append(others, one)
			}
		}
		order := func(a, b snapshot.Sensor) int {
			return cmp.Or(cmp.Compare(a.Chip, b.Chip), cmp.Compare(a.Temperature.Milli, b.Temperature.Milli))
		}
		slices.SortFunc(mine, order)
		slices.SortFunc(others, order)
		assert.Equal(t, mine, others)
		assert.GreaterOrEqual(t, len(mine), 13)
	}
}

// TestPortableSensors: each ID once, and drives only when they are named.
func TestPortableSensors(t *testing.T) {
	root := hosttest.Unpack(t, "generated-thermal", "t0")
	var s snapshot.Snapshot
	assert.Empty(t, readThermal(open(t, Options{Root: root, Backend: BackendPortable}, allTemperatures), &s))
	ids := map[string]bool{}
	for _, one := range s.Thermal.Sensors {
		assert.False(t, ids[one.ID], one.ID)
		ids[one.ID] = true
		assert.NotContains(t, one.Chip, "nvme")
		assert.NotContains(t, one.Chip, "drivetemp")
	}
	assert.Contains(t, ids, "nct6779_auxtin#1")
	assert.False(t, open(t, Options{Backend: BackendPortable}, snapshot.Want{}).sources[snapshot.DomainThermal].Read(&source.Scrape{Snapshot: &s, Want: &snapshot.Want{}}), "nobody asked")
}

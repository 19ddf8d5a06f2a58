// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

var allTemperatures = snapshot.Want{Thermal: snapshot.ThermalWant{Temperatures: true, Limits: true}}

func everyChip(string) bool { return true }

func readThermal(p *reader, s *snapshot.Snapshot) []source.Fault {
	return readDomain(p, s, 1, snapshot.DomainThermal)
}

// TestThermalTwins reads the same sensors with both backends, and compares them by the names that gopsutil gives them.
func TestThermalTwins(t *testing.T) {
	for _, moment := range []string{"t0", "t1"} {
		root := hosttest.Unpack(t, "generated-thermal", moment)
		var native, twin snapshot.Snapshot
		readThermal(open(t, Options{Root: root, ChipFilter: everyChip}, allTemperatures), &native)
		assert.Empty(t, readThermal(open(t, Options{Root: root, ChipFilter: everyChip, Backend: BackendPortable}, allTemperatures), &twin))
		mine, others := []snapshot.Sensor{}, []snapshot.Sensor{}
		for _, one := range native.Thermal.Sensors {
			if strings.HasSuffix(one.ID, "/temp") || !one.Temperature.Known {
				continue // gopsutil reads no zones if there are hwmon devices, and ignores tempN_fault.
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

// TestPortableSensors: each ID once, and drives only if the configuration names them.
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
	assert.False(t, open(t, Options{Backend: BackendPortable}, snapshot.Want{}).sources[snapshot.DomainThermal].Read(&source.Scrape{Snapshot: &s, Want: &snapshot.Want{}}), "not selected")
}

// TestPortablePolicyZone: the hwmon device that old kernels make of the zone of the DPTF policies is not a sensor, whatever
// the filter keeps.
func TestPortablePolicyZone(t *testing.T) {
	root := t.TempDir()
	const dir = "devices/virtual/hwmon/hwmon0"
	hosttest.Link(t, root, "sys/class/hwmon/hwmon0", "../../"+dir)
	hosttest.Write(t, root, "sys/"+dir+"/name", "INT3400 Thermal\n")
	hosttest.Write(t, root, "sys/"+dir+"/temp1_input", "20000\n")
	hosttest.Write(t, root, "sys/"+dir+"/temp1_crit", "90000\n")
	var s snapshot.Snapshot
	assert.Empty(t, readThermal(open(t, Options{Root: root, ChipFilter: everyChip, Backend: BackendPortable}, allTemperatures), &s))
	assert.Empty(t, s.Thermal.Sensors)
}

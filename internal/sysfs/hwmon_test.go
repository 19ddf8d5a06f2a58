// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func TestLinkedDevice(t *testing.T) {
	path, ok := LinkedDevice([]byte("../../devices/platform/coretemp.0/hwmon/hwmon3"))
	assert.True(t, ok)
	assert.Equal(t, "devices/platform/coretemp.0/hwmon/hwmon3", string(path))
	for _, target := range []string{"", "../../", "../../devices", "../devices/a", "devices/a", "../../class/a", "/sys/devices/a"} {
		_, ok = LinkedDevice([]byte(target))
		assert.False(t, ok, "%q", target)
	}
}

func TestDevicesOfHwmon(t *testing.T) {
	for path, want := range map[string][2]string{
		"devices/platform/coretemp.0/hwmon/hwmon3":           {"devices/platform/coretemp.0", "devices/platform/coretemp.0"},
		"devices/virtual/thermal/thermal_zone0/hwmon0":       {"devices/virtual/thermal/thermal_zone0", "devices/virtual/thermal/thermal_zone0"},
		"devices/pci0000:00/0000:03:00.0/nvme/nvme0/hwmon1":  {"devices/pci0000:00/0000:03:00.0/nvme/nvme0", "devices/pci0000:00/0000:03:00.0"},
		"devices/pci0000:00/0000:03:00.0/hwmon/hwmon1":       {"devices/pci0000:00/0000:03:00.0", "devices/pci0000:00/0000:03:00.0"},
		"devices/pci0000:00/nvme/nvme-fabrics/ctl/hwmon1":    {"devices/pci0000:00/nvme/nvme-fabrics/ctl", "devices/pci0000:00/nvme/nvme-fabrics/ctl"},
		"devices/pci0000:00/0000:03:00.0/net/eth0/hwmon/hwm": {"devices/pci0000:00/0000:03:00.0/net/eth0", "devices/pci0000:00/0000:03:00.0/net/eth0"},
		"devices/virtual/hwmon/hwmon2":                       {"devices/virtual", "devices/virtual"},
		"hwmon2":                                             {"", ""},
		"":                                                   {"", ""},
	} {
		parent := HwmonParent([]byte(path))
		assert.Equal(t, want[0], string(parent), path)
		assert.Equal(t, want[1], string(StableDevice(parent)), path)
	}
}

func TestNumbered(t *testing.T) {
	n, ok := Numbered([]byte("hwmon0"), "hwmon")
	assert.True(t, ok)
	assert.Equal(t, uint32(0), n)
	n, ok = Numbered([]byte("thermal_zone2147483647"), "thermal_zone")
	assert.True(t, ok)
	assert.Equal(t, uint32(math.MaxInt32), n)
	for _, entry := range []string{"", "hwmon", "hwmon01", "hwmon1x", "xhwmon1", "cooling_device1", "hwmon2147483648", "hwmon-1"} {
		_, ok = Numbered([]byte(entry), "hwmon")
		assert.False(t, ok, entry)
	}
}

func TestHwmonTemp(t *testing.T) {
	for name, want := range map[string]TempFiles{
		"temp12_input": TempInput, "temp12_label": TempLabel, "temp12_max": TempMax, "temp12_crit": TempCrit, "temp12_fault": TempFault,
	} {
		channel, file, ok := HwmonTemp([]byte(name))
		assert.True(t, ok, name)
		assert.Equal(t, uint32(12), channel, name)
		assert.Equal(t, want, file, name)
	}
	for _, name := range []string{
		"", "temp", "temp1", "temp_input", "temp1_", "temp1_max_hyst", "temp1_crit_alarm", "temp1_min", "temp01_input", "tempx_input",
		"in1_input", "fan1_input", "temp99999999999_input", "temp1_input ", "name",
	} {
		_, _, ok := HwmonTemp([]byte(name))
		assert.False(t, ok, name)
	}
}

func TestMillidegrees(t *testing.T) {
	for text, want := range map[string]int64{
		"45000\n": 45000, "45000": 45000, "0\n": 0, "-5250\n": -5250, "-274000\n": -274000, "65261850\n": 65261850,
		"9223372036854775807\n": math.MaxInt64,
	} {
		milli, ok := Millidegrees([]byte(text))
		assert.True(t, ok, "%q", text)
		assert.Equal(t, want, milli, "%q", text)
	}
	for _, text := range []string{
		"", "\n", "-\n", "--1\n", "+1\n", "1 \n", " 1\n", "1.5\n", "0x1\n", "N/A\n", "1\n2\n", "9223372036854775808\n", "-9223372036854775808\n", "1\x00",
	} {
		_, ok := Millidegrees([]byte(text))
		assert.False(t, ok, "%q", text)
	}
}

func TestFlagAndLine(t *testing.T) {
	for text, want := range map[string][2]bool{
		"1\n": {true, true}, "0\n": {false, true}, "1": {true, true}, "": {}, "2\n": {}, "01\n": {}, "\n": {},
	} {
		set, ok := Flag([]byte(text))
		assert.Equal(t, want, [2]bool{set, ok}, "%q", text)
	}
	for text, want := range map[string]string{
		"Core 0\n": "Core 0", "nvme": "nvme", "": "", "\n": "", " \t\n": "", " Sensor 1 \nmore\n": "Sensor 1", "\xff\x00\n": "\xff\x00",
	} {
		assert.Equal(t, want, string(Line([]byte(text))), "%q", text)
	}
}

func TestHwmonNoAllocs(t *testing.T) {
	target, entry, name := []byte("../../devices/pci0000:00/0000:03:00.0/nvme/nvme0/hwmon1"), []byte("hwmon1"), []byte("temp1_input")
	value, flag, label := []byte("-45000\n"), []byte("0\n"), []byte("Core 0\n")
	hosttest.NoAllocs(t, func() {
		path, _ := LinkedDevice(target)
		_ = StableDevice(HwmonParent(path))
		_, _ = Numbered(entry, "hwmon")
		_, _, _ = HwmonTemp(name)
		_, _ = Millidegrees(value)
		_, _ = Flag(flag)
		_ = Line(label)
	})
}

// FuzzMillidegrees has the standard library for an oracle.
func FuzzMillidegrees(f *testing.F) {
	for _, text := range []string{"45000\n", "-1", "", "-", "+1", "1_000", "-0\n", "007"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := Millidegrees([]byte(text))
		line := strings.TrimSuffix(text, "\n")
		want, err := strconv.ParseInt(line, 10, 64)
		valid := err == nil && !strings.HasPrefix(line, "+") && want != math.MinInt64
		assert.Equal(t, valid, ok, "%q", text)
		if ok {
			assert.Equal(t, want, got, "%q", text)
		}
	})
}

// FuzzHwmonTemp writes what was read as the kernel does.
func FuzzHwmonTemp(f *testing.F) {
	f.Add("temp1_input")
	f.Add("temp0_crit")
	ends := map[TempFiles]string{TempInput: "input", TempLabel: "label", TempMax: "max", TempCrit: "crit", TempFault: "fault"}
	f.Fuzz(func(t *testing.T, name string) {
		if channel, file, ok := HwmonTemp([]byte(name)); ok {
			assert.Equal(t, name, fmt.Sprintf("temp%d_%s", channel, ends[file]))
		}
	})
}

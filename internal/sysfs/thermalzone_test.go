// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func TestParseTrip(t *testing.T) {
	for text, want := range map[string]Trip{
		"critical\n": TripCritical, "hot\n": TripHot, "passive\n": TripPassive, "active": TripActive,
		"": TripUnknown, "unknown\n": TripUnknown, "Critical\n": TripUnknown, "critical \n": TripUnknown,
	} {
		assert.Equal(t, want, ParseTrip([]byte(text)), "%q", text)
	}
}

func TestTripTemp(t *testing.T) {
	number, ok := TripTemp([]byte("trip_point_11_temp"))
	assert.True(t, ok)
	assert.Equal(t, uint32(11), number)
	for _, name := range []string{"", "temp", "trip_point_0_type", "trip_point_0_hyst", "trip_point_temp", "trip_point__temp", "trip_point_x_temp", "trip_point_00_temp", "cdev0_trip_point", "emul_temp"} {
		_, ok = TripTemp([]byte(name))
		assert.False(t, ok, name)
	}
}

func TestZoneOf(t *testing.T) {
	entry, ok := ZoneOf([]byte("devices/virtual/thermal/thermal_zone10"))
	assert.True(t, ok)
	assert.Equal(t, "thermal_zone10", string(entry))
	for _, device := range []string{"", "devices/virtual", "devices/virtual/thermal/cooling_device0", "devices/virtual/thermal/thermal_zone0/x", "devices/platform/thermal_zone0"} {
		_, ok = ZoneOf([]byte(device))
		assert.False(t, ok, device)
	}
}

func TestNamedAfter(t *testing.T) {
	assert.True(t, NamedAfter([]byte("acpitz"), []byte("acpitz")))
	assert.True(t, NamedAfter([]byte("cpu_thermal"), []byte("cpu-thermal")))
	assert.True(t, NamedAfter([]byte("cpu-thermal"), []byte("cpu-thermal")), "still older kernels take the name as it is")
	assert.False(t, NamedAfter([]byte("cpu-thermal"), []byte("cpu_thermal")))
	assert.False(t, NamedAfter([]byte("acpi"), []byte("acpitz")))
}

func TestIsPolicyZone(t *testing.T) {
	assert.True(t, IsPolicyZone([]byte("INT3400 Thermal")))
	for _, name := range []string{"", "INT3400", "INT3403 Thermal", "TSKN", "acpitz", "INT3400 Thermal 2"} {
		assert.False(t, IsPolicyZone([]byte(name)), "%q", name)
	}
}

func TestAppendTarget(t *testing.T) {
	zone := []byte("devices/virtual/thermal/thermal_zone0")
	path, ok := AppendTarget(nil, zone, []byte("../../../LNXSYSTM:00/LNXSYBUS:01/LNXTHERM:00"))
	assert.True(t, ok)
	assert.Equal(t, "devices/LNXSYSTM:00/LNXSYBUS:01/LNXTHERM:00", string(path))
	path, ok = AppendTarget([]byte("x"), zone, []byte("below"))
	assert.True(t, ok)
	assert.Equal(t, "xdevices/virtual/thermal/thermal_zone0/below", string(path))
	for _, target := range []string{"", "../../../", "../../../../bus/acpi", "../../../../../../etc", "../../../../"} {
		_, ok = AppendTarget(nil, zone, []byte(target))
		assert.False(t, ok, target)
	}
}

func TestThermalZoneNoAllocs(t *testing.T) {
	trip, name, device, target := []byte("hot\n"), []byte("trip_point_1_temp"), []byte("devices/virtual/thermal/thermal_zone0"), []byte("../../../a")
	buf := make([]byte, 0, 64)
	hosttest.NoAllocs(t, func() {
		_ = ParseTrip(trip)
		_, _ = TripTemp(name)
		_, _ = ZoneOf(device)
		_ = NamedAfter(name, name)
		_, _ = AppendTarget(buf, device, target)
	})
}

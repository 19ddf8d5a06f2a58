// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// TestThermalHost holds the points of two moments to a file: devices get other numbers, a drive goes and a core comes.
func TestThermalHost(t *testing.T) {
	root := hosttest.Unpack(t, "generated-thermal", "t0")
	s := started(t, receivertest.NewNopSettings(metadata.Type), "root_path: "+root+
		"\nscrapers: {thermal: {include: {match_type: regexp, chips: [.]}, exclude: {match_type: strict, chips: [nct6779]}}}")
	var text strings.Builder
	for moment := range 2 {
		hosttest.Replace(t, root, "generated-thermal", fmt.Sprintf("t%d", moment))
		points := scrapeAll(t, s)
		fmt.Fprintf(&text, "moment %d\n", moment)
		for _, id := range slices.Sorted(maps.Keys(points)) {
			fmt.Fprintf(&text, "%s %.14g\n", id, points[id].value())
		}
	}
	hosttest.Golden(t, "testdata/golden/generated_thermal.txt", text.String())
}

// TestChipFilter: drives are read only when include names them.
func TestChipFilter(t *testing.T) {
	chips := []string{"coretemp", "k10temp", "acpitz", "nvme", "drivetemp"}
	for name, want := range map[string][]string{
		"none":                  chips[:3],
		"no_chips":              chips[:3],
		"one_excluded":          chips[:2],
		"excluding_names_none":  chips[:3],
		"a_drive":               chips[3:4],
		"drives_and_another":    {"coretemp", "nvme", "drivetemp"},
		"everything":            chips,
		"everything_but_drives": chips[:3],
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := loadEntry(t, "config.yaml", "chips_"+name)
			require.NoError(t, err)
			keep, err := cfg.Scrapers.Thermal.filter()
			require.NoError(t, err)
			assert.Equal(t, want, slices.DeleteFunc(slices.Clone(chips), func(chip string) bool { return !keep(chip) }))
		})
	}
}

func TestThermalConfigErrors(t *testing.T) {
	assertErrors(t, map[string][]string{
		"thermal_unknown_match_type": {`scrapers::thermal::include::match_type: unknown value "glob"; valid: regexp, strict`},
		"thermal_bad_regexp":         {"scrapers::thermal::exclude::chips[0]: `(`: error parsing regexp: missing closing ): `(`"},
		"thermal_unknown_filter_key": {`scrapers::thermal::include: unknown key "devices"; valid: chips, match_type, regexp`},
		"thermal_unknown_option":     {`scrapers::thermal: unknown key "sensors"; valid: enabled, exclude, include, interval, metrics, resource_attributes`},
	})
}

// TestThermalTelemetry: a sensor with malformed text is counted at each scrape and logged once, and a sensor without a
// temperature is no error.
func TestThermalTelemetry(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "etc/hostname", "warm\n")
	require.NoError(t, os.MkdirAll(root+"/sys/class/thermal", 0o755))
	hosttest.Write(t, root, "proc/stat", "btime 1795550491\n")
	const chip = "sys/devices/platform/chip/hwmon/hwmon0/"
	hosttest.Link(t, root, "sys/class/hwmon/hwmon0", "../../devices/platform/chip/hwmon/hwmon0")
	hosttest.Write(t, root, chip+"name", "chip\n")
	hosttest.Write(t, root, chip+"temp1_input", "45000\n")
	hosttest.Write(t, root, chip+"temp2_input", "nonsense\n")
	hosttest.Write(t, root, chip+"temp3_input", "-274000\n")
	set := watch(t)
	s := started(t, set.Settings, "scrapers: {thermal: }\nroot_path: "+root)
	for scrape := range 3 {
		batch, err := s.scrape(context.Background())
		assert.Len(t, pointsOf(t, batch), 1)
		if scrape == 0 {
			assert.EqualError(t, err, "thermal: sensor devices/platform/chip/temp2: line 1 is malformed")
		} else {
			assert.NoError(t, err)
		}
	}
	assert.Equal(t, 1, set.log.Len(), "that temp3 has no temperature")
	assert.Equal(t, int64(3), counted(t, set.tel, "otelcol_hostprobe_scraper_errors", "thermal", "malformed"))
	assert.Equal(t, int64(3), counted(t, set.tel, "otelcol_hostprobe_scraper_errors", "thermal", "unavailable"))

	for i := range 1030 {
		hosttest.Write(t, root, fmt.Sprintf("%stemp%d_input", chip, i), "1000\n")
	}
	s = started(t, set.Settings, "call_timeout: 4s\nscrapers: {thermal: }\nroot_path: "+root)
	batch, err := s.scrape(context.Background())
	assert.ErrorContains(t, err, "number of sensors")
	assert.Len(t, pointsOf(t, batch), 1024)
	assert.Equal(t, int64(6), counted(t, set.tel, "otelcol_hostprobe_series_cut", "hw.temperature"))
}

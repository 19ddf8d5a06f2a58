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
		"\nscrapers: {thermal: {include: {match_type: regexp, chips: [.]}, exclude: {match_type: strict, chips: [INT3400 Thermal, nct6779]}}}")
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

// TestChipFilter: drives are read when include names them, whatever else does.
func TestChipFilter(t *testing.T) {
	chips := []string{"coretemp", "k10temp", "acpitz", "nvme", "drivetemp"}
	for name, tt := range map[string]struct {
		text string
		kept []string
	}{
		"none":                  {"", chips[:3]},
		"no chips":              {"{include: {match_type: strict}}", chips[:3]},
		"one excluded":          {"{exclude: {match_type: strict, chips: [acpitz]}}", chips[:2]},
		"excluding names none":  {"{exclude: {match_type: strict, chips: [nvme]}}", chips[:3]},
		"a drive":               {"{include: {match_type: strict, chips: [nvme]}}", chips[3:4]},
		"drives and another":    {"{include: {match_type: regexp, chips: [^nvme$, ^drivetemp$, core]}}", []string{"coretemp", "nvme", "drivetemp"}},
		"everything":            {"{include: {match_type: regexp, chips: ['.*']}}", chips},
		"everything but drives": {"{include: {match_type: regexp, chips: ['.*']}, exclude: {match_type: strict, chips: [nvme, drivetemp]}}", chips[:3]},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := load(t, "scrapers: {thermal: "+tt.text+"}")
			require.NoError(t, err)
			keep, err := cfg.Scrapers.Thermal.filter()
			require.NoError(t, err)
			assert.Equal(t, tt.kept, slices.DeleteFunc(slices.Clone(chips), func(chip string) bool { return !keep(chip) }))
		})
	}
	for text, want := range map[string]string{
		"{include: {match_type: glob, chips: [a]}}":   `scrapers::thermal::include::match_type: unknown value "glob"; valid: regexp, strict`,
		"{exclude: {match_type: regexp, chips: [(]}}": "scrapers::thermal::exclude::chips: error parsing regexp: missing closing ): `(`",
		"{include: {chips: [a], devices: [b]}}":       `scrapers::thermal::include: unknown key "devices"; valid: chips, match_type, regexp`,
		"{sensors: true}":                             `scrapers::thermal: unknown key "sensors"; valid: enabled, exclude, include, interval, metrics, resource_attributes`,
	} {
		_, err := load(t, "scrapers: {thermal: "+text+"}")
		assert.ErrorContains(t, err, want)
	}
}

// TestThermalTelemetry: a sensor that says nonsense is counted at each scrape and told once, and one that has no
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

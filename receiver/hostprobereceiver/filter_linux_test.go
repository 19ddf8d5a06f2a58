// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// TestFilteredDisksHaveNoSeries goes from the configuration to the points.
func TestFilteredDisksHaveNoSeries(t *testing.T) {
	root := t.TempDir()
	hosttest.Write(t, root, "proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n8 16 sdb 1 2 3 4 5 6 7 8 9 10 11\n")
	for _, backend := range []string{"native", "portable"} {
		s := started(t, receivertest.NewNopSettings(metadata.Type), "root_path: "+root+"\nbackend: "+backend+
			"\nscrapers: {disk: {exclude: {match_type: strict, devices: [sda]}}}")
		points := scrapeAll(t, s)
		assert.Len(t, points, 4*2+3)
		assert.Contains(t, points, "system.disk.io[device:sdb direction:read]")
	}
}

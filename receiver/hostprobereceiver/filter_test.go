// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDeviceFilter(t *testing.T) {
	devices := []string{"sda", "sda1", "sdb", "dm-0", "nvme0n1", "loop0"}
	for name, want := range map[string][]string{
		"none":                    devices,
		"no_devices":              devices,
		"an_unused_type":          devices,
		"strict":                  {"sda", "dm-0"},
		"strict_is_no_pattern":    nil,
		"regexp_anywhere":         {"sda", "sda1", "nvme0n1"},
		"regexp_the_whole_name":   {"sda", "sdb"},
		"excluded":                {"sda", "sda1", "sdb", "nvme0n1"},
		"included_and_excluded":   {"sda", "sda1"},
		"a_cache_as_host_metrics": {"sdb"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := loadEntry(t, "config.yaml", "devices_"+name)
			require.NoError(t, err)
			assertSame(t, cfg)
			keep, err := cfg.Scrapers.Disk.filter()
			require.NoError(t, err)
			var kept []string
			for _, device := range devices {
				if keep == nil || keep(device) {
					kept = append(kept, device)
				}
			}
			assert.Equal(t, want, kept)
		})
	}
}
